package dev.firn.token;

import java.util.Map;
import java.util.Set;

/// Takes note of decisions about access. Must be quick and safe for many threads; [AuditLog] is the
/// real one.
@FunctionalInterface
public interface Audit {
  /// Keeps no record.
  Audit NONE = event -> {};

  /// The kind of a read that was allowed.
  String ALLOW_READ = "allow_read";

  /// The kind of a decision that a caller has a role.
  String ALLOW_ROLE = "allow_role";

  /// Kinds of decisions that are many and change no file.
  Set<String> CHANGES_NOTHING = Set.of(ALLOW_READ, ALLOW_ROLE);

  void record(Event event);

  /// The same without what was allowed and changes no file: reads and roles.
  default Audit ofChanges() {
    return event -> {
      if (!CHANGES_NOTHING.contains(event.kind())) {
        record(event);
      }
    };
  }

  /// One decision.
  ///
  /// @param kind `authn_fail`, `deny`, `allow_read`, `allow_write`, `allow_role`, `token_issue`,
  ///   `token_refresh`, `token_refused`, `ticket_issue`, `login`, `login_failed`, `login_ended`,
  ///   `device_approve`, `revoke`, `admin`
  /// @param reason a stable reason code, or the rule that allowed
  /// @param caller as far as known; anonymous when the token was refused
  /// @param detail further fields: `operation`, `path`, `peer`, `scope`, `audience`; values are
  ///   redacted and escaped when they are written
  record Event(String kind, String reason, Caller caller, Map<String, String> detail) {
    public Event {
      detail = Map.copyOf(detail);
    }
  }
}
