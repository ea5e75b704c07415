package dev.firn.i3;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// What a frame of version 2 to 4 has before its objects, byte for byte: its stop and what modules
/// did to it.
///
/// The checksum of version 3 leaves out whatever is a single byte (the stop, operations, class
/// information), so those bytes that are in it are held apart. The size of version 3 counts the
/// 32-bit numbers alone.
public final class FramePreamble {
  private final byte[] all;
  private final byte[] words;
  private final int numbers;

  private FramePreamble(byte[] all, byte[] words, int numbers) {
    this.all = all;
    this.words = words;
    this.numbers = numbers;
  }

  /// That of a new frame, to which nobody has done anything.
  static FramePreamble of(int version, char stop) {
    Builder builder = new Builder();
    if (version == 4) {
      builder.stop(stop).emptyHistory();
    } else {
      builder.emptyHistory().stop(stop);
    }
    return builder.build();
  }

  /// Memory it takes, about.
  long held() {
    return (long) all.length + words.length;
  }

  byte[] all() {
    return all;
  }

  /// Those of its bytes that are in the checksum of version 3.
  byte[] words() {
    return words;
  }

  /// How many 32-bit numbers are in it.
  int numbers() {
    return numbers;
  }

  /// Takes a preamble piece by piece.
  static final class Builder {
    private final ByteArrayOutputStream all = new ByteArrayOutputStream();
    private final ByteArrayOutputStream words = new ByteArrayOutputStream();
    private int numbers;

    void flag(int value) {
      all.write(value);
    }

    void word(long value) {
      byte[] bytes = new byte[Integer.BYTES];
      ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt((int) value);
      text(bytes);
      numbers++;
    }

    void text(byte[] bytes) {
      all.writeBytes(bytes);
      words.writeBytes(bytes);
    }

    private Builder stop(char stop) {
      flag(1); // tracked, class version 0, object 0
      flag(0);
      word(0);
      flag(stop);
      return this;
    }

    private Builder emptyHistory() {
      flag(0); // not tracked, class version 0, no entry
      flag(0);
      word(0);
      return this;
    }

    int size() {
      return all.size();
    }

    FramePreamble build() {
      return new FramePreamble(all.toByteArray(), words.toByteArray(), numbers);
    }
  }
}
