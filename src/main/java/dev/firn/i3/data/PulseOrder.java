package dev.firn.i3.data;

import java.util.Arrays;
import java.util.Comparator;

/// Puts pulses in the order of their times, and those of the same time in the order that the
/// standard library of IceTray's compiler leaves them in.
///
/// That library's sort is not stable from 17 elements on: it splits at the median of three until
/// pieces of 16 are left and then inserts. Masks count pulses in that order, and widths are cut
/// along it, so equal times must fall as they fell when the mask was made.
final class PulseOrder {
  private static final int SMALL = 16;

  private final double[] times;
  private final int[] order;

  private PulseOrder(double[] times, int size) {
    this.times = times;
    order = new int[size];
    for (int i = 0; i < size; i++) {
      order[i] = i;
    }
  }

  /// Which of `size` pulses comes first, second...
  static int[] of(double[] times, int size) {
    PulseOrder sort = new PulseOrder(times, size);
    sort.split(0, size, 2 * log2(size));
    sort.insertAll(size);
    return sort.order;
  }

  private static int log2(int n) {
    return n <= 1 ? 0 : 31 - Integer.numberOfLeadingZeros(n);
  }

  private boolean less(int a, int b) {
    return times[a] < times[b];
  }

  private void split(int first, int end, int depth) {
    int last = end;
    int left = depth;
    while (last - first > SMALL) {
      if (left-- == 0) {
        stable(first, last); // times made to be slow to sort; that library heaps them here
        return;
      }
      medianToFirst(first, first + 1, first + (last - first) / 2, last - 1);
      int cut = partition(first + 1, last, order[first]);
      split(cut, last, left);
      last = cut;
    }
  }

  private void medianToFirst(int result, int a, int b, int c) {
    int median;
    if (less(order[a], order[b])) {
      median = less(order[b], order[c]) ? b : less(order[a], order[c]) ? c : a;
    } else {
      median = less(order[a], order[c]) ? a : less(order[b], order[c]) ? c : b;
    }
    swap(result, median);
  }

  private int partition(int from, int end, int pivot) {
    int first = from;
    int last = end;
    while (true) {
      while (first < end - 1 && less(order[first], pivot)) {
        first++;
      }
      last--;
      while (last > from && less(pivot, order[last])) {
        last--;
      }
      if (first >= last) {
        return first;
      }
      swap(first, last);
      first++;
    }
  }

  private void insertAll(int size) {
    for (int i = 1; i < size; i++) {
      int value = order[i];
      int at = i;
      while (at > 0 && less(value, order[at - 1])) {
        order[at] = order[at - 1];
        at--;
      }
      order[at] = value;
    }
  }

  private void stable(int first, int last) {
    Integer[] part = new Integer[last - first];
    Arrays.setAll(part, i -> order[first + i]);
    Arrays.sort(part, Comparator.comparingDouble(i -> times[i]));
    for (int i = 0; i < part.length; i++) {
      order[first + i] = part[i];
    }
  }

  private void swap(int a, int b) {
    int kept = order[a];
    order[a] = order[b];
    order[b] = kept;
  }
}
