package dev.firn.inference;

import java.util.List;

/// What a model takes or gives under a name.
///
/// @param shape -1 where any length will do
public record TensorSpec(String name, TensorType type, List<Long> shape) {
  public TensorSpec {
    shape = List.copyOf(shape);
  }

  /// Whether a tensor of this type and shape fits.
  public boolean accepts(TensorType other, List<Long> actual) {
    if (other != type || actual.size() != shape.size()) {
      return false;
    }
    for (int i = 0; i < shape.size(); i++) {
      if (shape.get(i) >= 0 && !shape.get(i).equals(actual.get(i))) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return name + " " + type + shape;
  }
}
