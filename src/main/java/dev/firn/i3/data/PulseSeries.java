package dev.firn.i3.data;

import java.util.Arrays;

/// Pulses of one module that are still being put in order.
final class PulseSeries {
  private double[] times = new double[4];
  private float[] charges = new float[4];
  private float[] widths = new float[4];
  private int[] flags = new int[4];
  private int size;

  void add(double time, float charge, float width, int flag) {
    if (size == times.length) {
      times = Arrays.copyOf(times, 2 * size);
      charges = Arrays.copyOf(charges, 2 * size);
      widths = Arrays.copyOf(widths, 2 * size);
      flags = Arrays.copyOf(flags, 2 * size);
    }
    times[size] = time;
    charges[size] = charge;
    widths[size] = width;
    flags[size++] = flag;
  }

  /// Earliest first; pulses of the same time as [PulseOrder] says.
  void sortByTime() {
    int[] order = PulseOrder.of(times, size);
    PulseSeries unsorted = new PulseSeries();
    unsorted.times = times.clone();
    unsorted.charges = charges.clone();
    unsorted.widths = widths.clone();
    unsorted.flags = flags.clone();
    for (int i = 0; i < size; i++) {
      times[i] = unsorted.times[order[i]];
      charges[i] = unsorted.charges[order[i]];
      widths[i] = unsorted.widths[order[i]];
      flags[i] = unsorted.flags[order[i]];
    }
  }

  /// Lets no pulse overlap the next: widths are cut, and of two at the same time the second moves
  /// to the middle of the first's width. Step by step as IceTray unpacks, so that widths and times
  /// come out the same.
  void separate() {
    int before = -1;
    boolean merge = false;
    for (int i = 0; i + 1 < size; i++) {
      widths[i] = Math.min(widths[i], (float) (times[i + 1] - times[i]));
      if (widths[i] == 0 || merge) {
        if (before >= 0) {
          halve(before, i);
          merge = false;
        } else {
          merge = true;
        }
      } else {
        merge = false;
      }
      before = i;
    }
    if (merge && before >= 0) {
      halve(before, size - 1);
    }
  }

  private void halve(int first, int second) {
    if (widths[first] == 0 && widths[second] > 0) {
      widths[first] = widths[second];
    }
    widths[second] = (float) (widths[first] / 2.0);
    widths[first] = (float) (widths[first] / 2.0);
    times[second] = times[first] + widths[first];
  }

  void addTo(Pulses.Builder out) {
    for (int i = 0; i < size; i++) {
      out.pulse(times[i], charges[i], widths[i], flags[i]);
    }
  }
}
