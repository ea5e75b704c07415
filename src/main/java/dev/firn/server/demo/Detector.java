package dev.firn.server.demo;

import dev.firn.i3.I3Time;
import dev.firn.i3.data.DetectorGeometry;
import dev.firn.i3.data.DetectorGeometry.Position;
import dev.firn.i3.data.OmKey;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// A hexagonal array like the observatory's: 78 strings 125 m apart with 60 modules every 17 m, and
/// 8 strings between the inner ones with modules every 7 m. Not its surveyed positions.
final class Detector {
  static final int MODULES = 60;
  private static final int HEXAGON = 78;
  private static final int INFILL = 8;
  private static final double SPACING = 125;
  private static final double TOP = 500;
  private static final double STEP = 17;

  private final List<Line> strings;

  /// One string: where it stands and how deep its modules lie.
  record Line(int number, double x, double y, double[] z) {}

  Detector() {
    strings = new ArrayList<>();
    for (double[] at : nearestLatticePoints()) {
      strings.add(new Line(strings.size() + 1, at[0], at[1], depths(TOP, STEP)));
    }
    for (int i = 0; i < INFILL; i++) {
      double angle = 2 * StrictMath.PI * i / INFILL;
      double x = 72 * StrictMath.cos(angle);
      double y = 72 * StrictMath.sin(angle);
      strings.add(new Line(strings.size() + 1, x, y, depths(-90, 7)));
    }
  }

  List<Line> strings() {
    return strings;
  }

  DetectorGeometry geometry(I3Time start, I3Time end) {
    SortedMap<OmKey, Position> modules = new TreeMap<>();
    for (Line line : strings) {
      for (int m = 0; m < MODULES; m++) {
        modules.put(new OmKey(line.number(), m + 1), new Position(line.x(), line.y(), line.z()[m]));
      }
    }
    return new DetectorGeometry(modules, start, end);
  }

  private static double[] depths(double top, double step) {
    double[] z = new double[MODULES];
    for (int m = 0; m < MODULES; m++) {
      z[m] = top - m * step;
    }
    return z;
  }

  /// The points of a triangular lattice nearest to the middle, numbered row by row from below.
  private static List<double[]> nearestLatticePoints() {
    List<double[]> points = new ArrayList<>();
    double height = SPACING * StrictMath.sqrt(3) / 2;
    for (int row = -6; row <= 6; row++) {
      for (int column = -8; column <= 8; column++) {
        points.add(new double[] {(column + (row & 1) / 2.0) * SPACING, row * height});
      }
    }
    points.sort(
        Comparator.comparingDouble((double[] p) -> StrictMath.rint(p[0] * p[0] + p[1] * p[1]))
            .thenComparingDouble(p -> p[1])
            .thenComparingDouble(p -> p[0]));
    List<double[]> nearest = new ArrayList<>(points.subList(0, HEXAGON));
    nearest.sort(
        Comparator.comparingDouble((double[] p) -> StrictMath.rint(p[1]))
            .thenComparingDouble(p -> p[0]));
    return nearest;
  }
}
