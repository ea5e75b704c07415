package dev.firn.transfer.queue;

import java.util.Locale;
import java.util.Set;

/// Why an attempt did not succeed, in the classes that are treated differently.
///
/// @see RetryPolicy
public enum FailureClass {
  /// A site cannot be reached: it is down or the network is. Costs no attempt.
  UNREACHABLE("check that the site's door runs and can be reached; nothing needs to be restarted"),
  /// A site is full or busy. Costs no attempt.
  CAPACITY("wait, or raise the site's limits or free space there"),
  /// A site refused the token or the right.
  DENIED("check that the site trusts this hub's issuer, its audience and its clock"),
  /// A site cannot have the keys that the token was signed with, just now. Costs no attempt.
  KEYS("check that the site reaches this hub at the address of its issuer"),
  /// A site failed, or the connection between the sites did.
  REMOTE("look at the logs of both sites at the time of the attempt"),
  /// What arrived is not what the catalog says.
  CHECKSUM("if it repeats, verify the source's copy and the network between the sites"),
  /// The source does not have the file, or has another one.
  SOURCE("the source's copy is marked suspect: verify it, or copy from another site"),
  /// The destination holds another file under that name.
  OCCUPIED("remove or rename the file at the destination, or ask for the copy with overwriting"),
  /// The destination holds an older version of the file that has to be kept for now. Costs no
  /// attempt.
  KEPT(
      "where it is the last verified copy: make another of it, or take the older version out of what"
          + " has it as a member"),
  /// The request can never succeed as it is.
  REFUSED("correct the sites' configuration; then retry the transfer"),
  /// The attempt's end was not heard, or its holder stopped.
  UNHEARD("nothing: the destination is looked at");

  private final String advice;

  FailureClass(String advice) {
    this.advice = advice;
  }

  /// What an operator can do.
  public String advice() {
    return advice;
  }

  /// What an attempt that ended like this, and had bytes arrive, has got past: failures of these
  /// classes before it were overcome. Nothing that ends later is among them, so that no transfer
  /// fails for ever.
  public Set<FailureClass> leftBehind() {
    return switch (this) {
      case CHECKSUM -> Set.of(DENIED, REMOTE, UNHEARD);
      case REMOTE, UNHEARD -> Set.of(DENIED);
      case UNREACHABLE, CAPACITY, DENIED, KEYS, SOURCE, OCCUPIED, KEPT, REFUSED -> Set.of();
    };
  }

  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static FailureClass ofLabel(String label) {
    return valueOf(label.toUpperCase(Locale.ROOT));
  }
}
