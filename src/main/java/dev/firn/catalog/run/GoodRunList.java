package dev.firn.catalog.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A good-run list: which runs of a season may be used, for how many seconds, and why not.
///
/// A table of blanks: `RunNum Good_i3 Good_it LiveTime(s) ActiveStrings ActiveDoms ActiveInIce
/// OutDir Comment(s)`, with headings between, and columns missing in early seasons. A line that
/// begins with a number of at least five digits is a run; fields are told apart by what they look
/// like, so that a missing one shifts nothing.
///
/// @param season the year it began in; null when neither the name nor a comment says
public record GoodRunList(String name, @Nullable Integer season, List<Row> rows) {
  private static final Pattern SEASON = Pattern.compile("IC\\d{1,2}[_.-](20\\d\\d)");
  private static final Pattern RUN =
      Pattern.compile("(\\d{5,8})\\s+([01])(?!\\S)(?:\\s+([01])(?!\\S))?\\s*(.*)");
  private static final Pattern NUMBERS =
      Pattern.compile(
          "(-?\\d+(?:\\.\\d+)?|N/A|-)(?:\\s+(\\d+|N/A|-))?(?:\\s+(\\d+|N/A|-))?(?:\\s+(\\d+|N/A|-))?(?=\\s|$)\\s*(.*)");

  public GoodRunList {
    rows = List.copyOf(rows);
  }

  /// One run.
  ///
  /// @param goodInIce whether the in-ice array may be used
  /// @param goodIceTop whether the surface array may be used; null when the list does not say
  /// @param livetime seconds
  /// @param directory where its files lie
  public record Row(
      int run,
      boolean goodInIce,
      @Nullable Boolean goodIceTop,
      @Nullable Double livetime,
      @Nullable Integer activeStrings,
      @Nullable Integer activeDoms,
      @Nullable Integer activeInIce,
      @Nullable String directory,
      @Nullable String comment) {}

  /// @param name of the file, which says the season
  /// @throws RunFormatException when it holds no run
  public static GoodRunList parse(String name, String text) throws RunFormatException {
    List<Row> rows = new ArrayList<>();
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      Matcher matcher = RUN.matcher(line.strip());
      if (matcher.matches()) {
        rows.add(row(matcher, number));
      }
    }
    if (rows.isEmpty()) {
      throw new RunFormatException(Math.max(1, number), "no line up to here names a run");
    }
    Matcher season = SEASON.matcher(name);
    return new GoodRunList(name, season.find() ? Integer.valueOf(season.group(1)) : null, rows);
  }

  private static Row row(Matcher matcher, int number) throws RunFormatException {
    Matcher rest = NUMBERS.matcher(matcher.group(4));
    boolean numbers = rest.matches();
    String[] tail = (numbers ? rest.group(5) : matcher.group(4)).split("\\s+", 2);
    boolean directory = tail[0].startsWith("/");
    String comment = directory ? (tail.length > 1 ? tail[1] : "") : String.join(" ", tail);
    Double livetime = numbers ? livetime(rest.group(1)) : null;
    if (livetime != null && !(livetime >= 0 && livetime < 1e9)) {
      throw new RunFormatException(number, "a livetime of " + livetime + " s");
    }
    return new Row(
        Integer.parseInt(matcher.group(1)),
        matcher.group(2).equals("1"),
        matcher.group(3) == null ? null : matcher.group(3).equals("1"),
        livetime,
        numbers ? whole(rest.group(2)) : null,
        numbers ? whole(rest.group(3)) : null,
        numbers ? whole(rest.group(4)) : null,
        directory ? tail[0] : null,
        comment.isBlank() || comment.equalsIgnoreCase("none") ? null : comment.strip());
  }

  private static @Nullable Double livetime(String text) {
    return Character.isLetter(text.charAt(0)) || text.equals("-") ? null : Double.valueOf(text);
  }

  private static @Nullable Integer whole(@Nullable String text) {
    return Optional.ofNullable(text)
        .filter(t -> t.length() < 10 && t.chars().allMatch(Character::isDigit))
        .map(Integer::valueOf)
        .orElse(null);
  }

  /// Whether a file of this name is such a list.
  public static boolean isName(String name) {
    return name.toLowerCase(Locale.ROOT).contains("goodruninfo") && name.endsWith(".txt");
  }
}
