/// What should be true, and the copies that are asked for because it is not.
///
/// A [ReplicationRule] says which files shall have copies where. [RuleEngine] follows the catalog's
/// history and writes a [CopyRequest] for each missing copy; an unbundled one becomes a transfer at
/// once, a bundled one waits for the archive. [RuleEvaluator] decides, and is pure.
@NullMarked
package dev.firn.transfer.rule;

import org.jspecify.annotations.NullMarked;
