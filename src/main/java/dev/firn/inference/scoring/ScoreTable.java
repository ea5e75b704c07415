package dev.firn.inference.scoring;

/// The scores that one version of a model gave to a pass.
///
/// @param name of the table, `pass3.scores_tracks_v1`
/// @param digest of the model's file, `sha256:...`
/// @param rows events, those without scores counted
/// @param unscored events whose features are not known
public record ScoreTable(
    String name, String model, String version, String digest, long rows, long unscored) {}
