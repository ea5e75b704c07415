package dev.firn.i3.data;

import dev.firn.i3.ArchiveReader;
import dev.firn.i3.I3Exception;
import java.util.AbstractList;

/// Samples of a digitizer as the modules pack them: differences in a number of bits that follows
/// the waveform.
///
/// Bits are taken from 32-bit words, lowest first. A difference has 1, 2, 3, 6, 11, 20 or 31 bits,
/// beginning with 3, the highest of them its sign. The sign alone is no difference: the next one
/// has the next larger number of bits. After a difference that would have fitted into the next
/// smaller number, the next one has that.
final class DeltaCode {
  private static final int[] BITS = {1, 2, 3, 6, 11, 20, 31};
  private static final int FIRST = 2;

  private DeltaCode() {}

  /// Words that hold samples, read and not yet unpacked.
  static int[] words(ArchiveReader in) throws I3Exception {
    int[] words = new int[in.count(4)];
    for (int i = 0; i < words.length; i++) {
      words[i] = in.i32();
    }
    return words;
  }

  /// @param count how many samples there are; bits beyond them are nothing
  static Samples unpack(ArchiveReader in, int[] words, int count) throws I3Exception {
    if (count < 0 || count > 32L * words.length) {
      throw in.bad("has fewer samples than it says");
    }
    int[] samples = new int[count];
    long end = 32L * words.length;
    long at = 0;
    int level = FIRST;
    int sum = 0;
    for (int i = 0; i < count; ) {
      int bits = BITS[level];
      if (at + bits > end) {
        throw in.bad("has fewer samples than it says");
      }
      int code = take(words, at, bits);
      at += bits;
      int sign = 1 << bits - 1;
      if (code == sign) {
        if (++level == BITS.length) {
          throw in.bad("has a difference of samples larger than any can be");
        }
        continue;
      }
      int difference = (code & sign) == 0 ? code : code - (sign << 1);
      sum += difference;
      samples[i++] = sum;
      int smaller = Math.max(0, level - 1);
      if (Math.abs(difference) < 1 << BITS[smaller] - 1) {
        level = smaller;
      }
    }
    return new Samples(samples);
  }

  private static int take(int[] words, long at, int bits) {
    int word = (int) (at >> 5);
    int offset = (int) (at & 31);
    long two = words[word] & 0xffffffffL;
    if (offset + bits > 32) {
      two |= (long) words[word + 1] << 32;
    }
    return (int) (two >>> offset & (1L << bits) - 1);
  }

  /// Samples in the four bytes each takes.
  static final class Samples extends AbstractList<Object> {
    private final int[] values;

    private Samples(int[] values) {
      this.values = values;
    }

    @Override
    public Integer get(int index) {
      return values[index];
    }

    @Override
    public int size() {
      return values.length;
    }
  }
}
