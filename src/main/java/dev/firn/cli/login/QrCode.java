package dev.firn.cli.login;

import com.google.zxing.BarcodeFormat;
import com.google.zxing.EncodeHintType;
import com.google.zxing.WriterException;
import com.google.zxing.common.BitMatrix;
import com.google.zxing.qrcode.QRCodeWriter;
import com.google.zxing.qrcode.decoder.ErrorCorrectionLevel;
import java.util.Map;

/// A QR code in a terminal: two rows of modules in one line of half blocks, dark on light whatever
/// the terminal's colours are, with the quiet zone that scanners need.
public final class QrCode {
  private static final String LIGHT = "\u001b[107m";
  private static final String DARK = "\u001b[30m";
  private static final String END = "\u001b[0m";
  private static final int QUIET = 4;

  private QrCode() {}

  /// @return lines that end in a line feed
  public static String of(String text) {
    BitMatrix modules = matrix(text);
    StringBuilder out = new StringBuilder();
    for (int y = 0; y < modules.getHeight(); y += 2) {
      out.append(LIGHT).append(DARK);
      for (int x = 0; x < modules.getWidth(); x++) {
        boolean upper = modules.get(x, y);
        boolean lower = y + 1 < modules.getHeight() && modules.get(x, y + 1);
        out.append(upper ? (lower ? '\u2588' : '\u2580') : lower ? '\u2584' : ' ');
      }
      out.append(END).append('\n');
    }
    return out.toString();
  }

  private static BitMatrix matrix(String text) {
    Map<EncodeHintType, Object> hints =
        Map.of(
            EncodeHintType.ERROR_CORRECTION, ErrorCorrectionLevel.L, EncodeHintType.MARGIN, QUIET);
    try {
      return new QRCodeWriter().encode(text, BarcodeFormat.QR_CODE, 0, 0, hints);
    } catch (WriterException e) {
      throw new IllegalArgumentException("too long for a QR code", e);
    }
  }
}
