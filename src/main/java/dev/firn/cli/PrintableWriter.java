package dev.firn.cli;

import java.io.FilterWriter;
import java.io.IOException;
import java.io.Writer;

/// Escapes what is written as [Text#printable] does, so that much text need not be held to be
/// escaped.
final class PrintableWriter extends FilterWriter {
  private char half; // the first of a pair that is not written yet; 0 for none

  PrintableWriter(Writer out) {
    super(out);
  }

  @Override
  public void write(int c) throws IOException {
    write(String.valueOf((char) c), 0, 1);
  }

  @Override
  public void write(char[] text, int from, int length) throws IOException {
    write(new String(text, from, length), 0, length);
  }

  @Override
  public void write(String text, int from, int length) throws IOException {
    String piece = (half == 0 ? "" : String.valueOf(half)) + text.substring(from, from + length);
    half = 0;
    if (!piece.isEmpty() && Character.isHighSurrogate(piece.charAt(piece.length() - 1))) {
      half = piece.charAt(piece.length() - 1);
      piece = piece.substring(0, piece.length() - 1);
    }
    out.write(Text.printable(piece));
  }
}
