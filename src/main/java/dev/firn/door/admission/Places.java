package dev.firn.door.admission;

/// The decision whether one more of what takes long begins now for a subject: a large transfer, a
/// third-party copy, a listing.
///
/// @param places how many a door carries at a time
/// @param kept how many of them are for those who have less than their share
/// @param taken how many are under way
/// @param subjects how many subjects have some under way, the one that asks included
/// @param own how many are the asking subject's own
record Places(int places, int kept, int taken, int subjects, int own) {
  enum Answer {
    YES,
    /// The subject has its share and others wait for theirs.
    OVER_SHARE,
    /// There is no place for anybody.
    FULL
  }

  /// Who comes when one subject has filled the door finds one of the places that are kept at once.
  Answer decide() {
    if (taken >= places) {
      return Answer.FULL;
    }
    return taken < places - kept || own < places / (subjects + 1) ? Answer.YES : Answer.OVER_SHARE;
  }
}
