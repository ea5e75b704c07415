/// Campaigns: the plan and the ledger that make a pass of raw or older data.
///
/// [Campaigns] freezes what goes in as a snapshot and judges every file of it before anything runs:
/// good run or not, its parts, exactly one valid GCD. What is in is cut into work units, ranges of
/// events of one file, with ids that follow from what they are. Workers take units under leases
/// over HTTPS ([CampaignRoutes]); only the newest attempt of a unit commits. A unit that fails by
/// what is in it is cut in two until the one event that breaks it stands alone in quarantine.
/// [CampaignEngine] ends leases nobody renews, reads every result beside its input, and folds those
/// that hold what they should into the pass in one commit.
///
/// Promises: at every look, expected = done + running + excluded + missing, to the event; an event
/// is committed once, whoever delivers it how often; every exclusion has its reason. The record is
/// the ledger: no broker, no marker files. Threads: the engine's two; everything else may be
/// shared. Fails with [CampaignException] where what was asked cannot be.
@NullMarked
package dev.firn.processing;

import org.jspecify.annotations.NullMarked;
