package dev.firn.token.audit;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Takes secrets out of text that is going to be kept or shown: tokens, bearer and basic
/// credentials, cookies, macaroons, and the values of parameters that hold secrets. Control
/// characters become escapes, so that data cannot forge a line. Works in time linear in the text.
public final class Redactor {
  private static final String GONE = "[redacted]";

  /// `eyJ` is how a base64url `{"` begins. This matches also where no dot follows, so that no run
  /// of letters is looked at twice.
  private static final Pattern TOKEN =
      Pattern.compile("eyJ[A-Za-z0-9_-]*+((?:(?:\\.|%2[eE])[A-Za-z0-9_-]++){0,4}+)");

  /// `MDA` is how the length of a macaroon's first packet begins.
  private static final Pattern MACAROON = Pattern.compile("MDA[A-Za-z0-9+/_-]{40,}+=*+");

  private static final Pattern CREDENTIALS =
      Pattern.compile(
          "(?i)\\b(bearer|basic|digest)((?:\\s|%20|\\+)++)(?!token\\b|realm)[^\\s\",;&]++");

  private static final Pattern PARAMETER =
      Pattern.compile(
          "(?i)\\b(authz|access_token|refresh_token|id_token|subject_token|actor_token|code"
              + "|device_code|user_code|client_secret|client_assertion|password|secret|macaroon)"
              + "(\"?\\s{0,4}(?:=|:|%3[dD])\\s{0,4}\"?)[^\\s\"&,;}]++");

  private static final Pattern COOKIE =
      Pattern.compile("(?i)\\b((?:set-)?cookie\\s{0,4}[:=]\\s{0,4})[^\\r\\n]++");

  private Redactor() {}

  /// `text` without secrets and control characters.
  public static String redact(String text) {
    if (harmless(text)) {
      return text;
    }
    String out = COOKIE.matcher(text).replaceAll("$1" + GONE);
    out = CREDENTIALS.matcher(out).replaceAll("$1$2" + GONE);
    out = PARAMETER.matcher(out).replaceAll("$1$2" + GONE);
    out =
        TOKEN
            .matcher(out)
            .replaceAll(
                found -> found.group(1).isEmpty() ? Matcher.quoteReplacement(found.group()) : GONE);
    out = MACAROON.matcher(out).replaceAll(GONE);
    return escaped(out);
  }

  /// Whether none of the patterns can match, as most names and words show at a glance: two begin
  /// with certain letters, the others need a sign between a word and its value.
  private static boolean harmless(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
      if (!letter && c != '/' && c != '.' && c != '-' && c != '_') {
        return false;
      }
    }
    return !text.contains("eyJ") && !text.contains("MDA");
  }

  private static String escaped(String text) {
    if (text.chars().noneMatch(Redactor::isControl)) {
      return text;
    }
    StringBuilder out = new StringBuilder(text.length() + 16);
    text.chars()
        .forEach(c -> {
          if (isControl(c)) {
            out.append(String.format("\\u%04x", c));
          } else {
            out.append((char) c);
          }
        });
    return out.toString();
  }

  private static boolean isControl(int c) {
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
  }
}
