package dev.firn.catalog;

/// How a query is answered.
///
/// @param indexed whether an index bears it; otherwise all files are looked at
/// @param reason the same in words
/// @param plan the database's own plan for a first page
public record QueryExplanation(boolean indexed, String reason, String plan) {}
