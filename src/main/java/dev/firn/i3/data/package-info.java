/// What the public classes of an `.i3` file say: pulses, particles, geometry and scalars.
///
/// Each type here decodes one class from its blob and, where Firn writes it, encodes it as IceTray
/// would. Class versions are handled as the data carries them; a newer one than is known is an
/// [dev.firn.i3.I3Exception], never a guess. Values are plain data without threads or files. Units
/// are the observatory's: metres, nanoseconds, GeV, radians, and photo-electrons for charge.
@NullMarked
package dev.firn.i3.data;

import org.jspecify.annotations.NullMarked;
