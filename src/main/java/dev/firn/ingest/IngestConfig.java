package dev.firn.ingest;

import dev.firn.model.SiteName;
import java.nio.file.Path;

/// How a hub takes data in.
///
/// @param site the hub's own site, where the bytes go
/// @param quarantine a folder of the hub, outside of any area, for the bytes of damaged files
/// @param deleteSources whether a source goes after its bytes are safe and known; never when it was
///   refused
public record IngestConfig(SiteName site, Path quarantine, boolean deleteSources) {}
