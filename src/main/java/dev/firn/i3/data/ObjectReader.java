package dev.firn.i3.data;

import dev.firn.i3.ArchiveReader;
import dev.firn.i3.I3Exception;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads one value inside a blob as plain data: a number, a text, a truth value, a list or a map.
///
/// Larger ones are put together of smaller ones, as the classes themselves are. Names are those of
/// the C++ types: a class describes itself once in a blob, under its type.
@FunctionalInterface
interface ObjectReader {
  ObjectReader DOUBLE = ArchiveReader::f64;
  ObjectReader FLOAT = ArchiveReader::f32;
  ObjectReader INT = ArchiveReader::i32;
  ObjectReader UINT = ArchiveReader::u32;
  ObjectReader SHORT = ArchiveReader::i16;
  ObjectReader USHORT = ArchiveReader::u16;
  ObjectReader LONG = ArchiveReader::i64;
  ObjectReader ULONG = in -> Long.toUnsignedString(in.i64());

  /// An unsigned 64-bit number that counts something: a number where it can be one.
  ObjectReader COUNT =
      in -> {
        long value = in.i64();
        return value < 0 ? Long.toUnsignedString(value) : (Object) value;
      };

  ObjectReader CHAR = ArchiveReader::u8;
  ObjectReader BOOL = ArchiveReader::bool;
  ObjectReader STRING = ArchiveReader::string;

  Object read(ArchiveReader in) throws I3Exception;

  /// `std::vector` of a class that takes at least `size` bytes.
  static ObjectReader vector(String type, int size, ObjectReader element) {
    String name = "vector<" + type + ">";
    return in -> {
      in.version(name);
      return array(size, element).read(in);
    };
  }

  /// `std::vector` of plain numbers of `size` bytes, which does not describe itself.
  static ObjectReader array(int size, ObjectReader element) {
    return in -> {
      int count = in.count(size);
      List<Object> list = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        list.add(element.read(in));
      }
      return list;
    };
  }

  /// `std::map`; the name of its type is that of both its parts.
  static ObjectReader map(String types, int size, ObjectReader key, ObjectReader value) {
    return in -> {
      in.version("map<" + types + ">");
      int count = in.count(size);
      Map<String, Object> map = new LinkedHashMap<>();
      for (int i = 0; i < count; i++) {
        in.version("pair<" + types + ">");
        String name = key.read(in).toString();
        map.put(name, value.read(in));
      }
      return map;
    };
  }

  /// `std::vector<double>`, or a C array of them, which lies the same way: held as compactly.
  static ObjectReader doubles() {
    return in -> {
      double[] numbers = new double[in.count(8)];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = in.f64();
      }
      return new Numbers(numbers);
    };
  }

  /// A class without the empty base, of any version up to `newest`.
  static ObjectReader versions(String name, int newest, OfVersion members) {
    return in -> members.read(in, versionUpTo(in, name, newest));
  }

  /// The version of a class that stands next.
  static int versionUpTo(ArchiveReader in, String name, int newest) throws I3Exception {
    int version = in.version(name);
    if (version > newest) {
      throw in.bad(
          "has a " + name + " of version " + version + ", and only 0 to " + newest + " are known");
    }
    return version;
  }

  /// Members that depend on the class's version.
  @FunctionalInterface
  interface OfVersion {
    Object read(ArchiveReader in, int version) throws I3Exception;
  }

  /// Numbers in the eight bytes each takes.
  final class Numbers extends AbstractList<Object> {
    private final double[] values;

    private Numbers(double[] values) {
      this.values = values;
    }

    @Override
    public Double get(int index) {
      return values[index];
    }

    @Override
    public int size() {
      return values.length;
    }
  }

  /// A class: its description and the empty base, then what `members` reads.
  static ObjectReader classOf(String name, ObjectReader members) {
    return in -> {
      in.version(name);
      in.frameObjectBase();
      return members.read(in);
    };
  }

  /// A class of any version up to `newest`: its description and the empty base, then what `members`
  /// reads.
  static ObjectReader classUpTo(String name, int newest, OfVersion members) {
    return in -> {
      int version = versionUpTo(in, name, newest);
      in.frameObjectBase();
      return members.read(in, version);
    };
  }

  /// Named values of one kind after another, in one map.
  static ObjectReader together(ObjectReader... structs) {
    return in -> {
      Map<String, Object> all = new LinkedHashMap<>();
      for (ObjectReader struct : structs) {
        ((Map<?, ?>) struct.read(in)).forEach((name, value) -> all.put((String) name, value));
      }
      return all;
    };
  }

  /// Values of one kind, each with a name.
  static ObjectReader each(ObjectReader kind, String... names) {
    return in -> {
      Map<String, Object> map = new LinkedHashMap<>();
      for (String name : names) {
        map.put(name, kind.read(in));
      }
      return map;
    };
  }

  /// A list of named values, each read in turn.
  static ObjectReader struct(Object... namesAndReaders) {
    return in -> {
      Map<String, Object> map = new LinkedHashMap<>();
      for (int i = 0; i < namesAndReaders.length; i += 2) {
        map.put((String) namesAndReaders[i], ((ObjectReader) namesAndReaders[i + 1]).read(in));
      }
      return map;
    };
  }
}
