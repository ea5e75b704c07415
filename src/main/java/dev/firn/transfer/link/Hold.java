package dev.firn.transfer.link;

/// Why a link starts nothing more.
///
/// @param words in one clause
public record Hold(Kind kind, String words) {
  /// What holds it, and what an operator can do about that.
  public enum Kind {
    /// A planned downtime of one of its sites.
    DOWNTIME("nothing, or end the downtime earlier: firn site downtime rm"),
    /// The operator said that the sites cannot talk.
    BLOCKED("open the link (firn link set --no-blocked), or give both sites a way by a third"),
    /// The calendar.
    CALENDAR("nothing, or change the link's calendar: firn link set --calendar"),
    /// A site that does not answer.
    SILENT("check that the site's door runs and can be reached; nothing needs to be restarted"),
    /// As many transfers as were found good.
    TRANSFERS("raise its priority, or the link's most transfers: firn link set --most"),
    /// As many bytes a second as the link may move.
    BYTES("raise its priority, or the link's rate: firn link set --rate"),
    /// As many files a second as the link may move.
    FILES("raise its priority, or the link's files a second: firn link set --files"),
    /// As many transfers as the hub can carry out at a time.
    SLOTS("wait, or start another hub on the same database");

    private final String advice;

    Kind(String advice) {
      this.advice = advice;
    }

    public String advice() {
      return advice;
    }

    Hold because(String words) {
      return new Hold(this, words);
    }
  }
}
