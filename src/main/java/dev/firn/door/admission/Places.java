package dev.firn.door.admission;

/// The decision whether one more of what takes long begins now for a subject: a large transfer, a
/// third-party copy, a listing.
///
/// @param places how many a door carries at a time
/// @param taken how many are under way
/// @param subjects how many subjects have some under way, the one that asks included
/// @param own how many are the asking subject's own
record Places(int places, int taken, int subjects, int own) {
  enum Answer {
    YES,
    /// The subject has its share and others wait for theirs.
    OVER_SHARE,
    /// There is no place for anybody.
    FULL
  }

  /// One place in eight is kept for those who have less than their share, so that who comes when
  /// one subject has filled the door finds a place at once.
  Answer decide() {
    if (taken >= places) {
      return Answer.FULL;
    }
    int common = places - Math.max(1, places / 8);
    return taken < common || own < places / (subjects + 1) ? Answer.YES : Answer.OVER_SHARE;
  }
}
