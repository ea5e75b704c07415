package dev.firn.i3;

/// Which event a frame belongs to: class `I3EventHeader`, versions 0 to 3.
///
/// @param run number of the run, unsigned 32 bits
/// @param subrun number of the subrun; 0 before class version 1
/// @param event number of the event in its run
/// @param state 0 unknown, 20 in order, 40 configuration in transition; 20 before class version 2
/// @param subEvent number of the part a splitter made; 0 before class version 3
/// @param subEventStream name of that splitter; empty before class version 3
/// @param start when readout began
/// @param end when readout ended
public record EventHeader(
    long run,
    long subrun,
    long event,
    int state,
    long subEvent,
    String subEventStream,
    I3Time start,
    I3Time end) {
  /// Where a frame keeps it.
  public static final String KEY = "I3EventHeader";

  /// The name of its type, and of its class.
  public static final String TYPE = "I3EventHeader";

  private static final int OK = 20;

  /// Reads a blob of this class.
  ///
  /// @throws I3Exception when it is not one, or of a class version newer than 3
  public static EventHeader decode(byte[] blob) throws I3Exception {
    ArchiveReader in = new ArchiveReader(blob);
    int version = in.begin(TYPE);
    if (version > 3) {
      throw in.bad("has class version " + version + ", and only 0 to 3 are known");
    }
    in.frameObjectBase();
    long run = in.u32();
    long subrun = version > 0 ? in.u32() : 0;
    long event = in.u32();
    int state = version > 1 ? in.i32() : OK;
    long subEvent = version > 2 ? in.u32() : 0;
    String stream = version > 2 ? in.string() : "";
    I3Time start = time(in);
    I3Time end = time(in);
    in.end();
    return new EventHeader(run, subrun, event, state, subEvent, stream, start, end);
  }

  private static I3Time time(ArchiveReader in) throws I3Exception {
    in.version("I3Time");
    in.frameObjectBase();
    return new I3Time(in.i32(), in.i64());
  }

  /// What the event is called, whatever part of it a splitter made: `RUN/SUBRUN/EVENT`.
  public String eventName() {
    return run + "/" + subrun + "/" + event;
  }

  /// A header in order, of an event that was not split.
  public static EventHeader of(long run, long subrun, long event, I3Time start, I3Time end) {
    return new EventHeader(run, subrun, event, OK, 0, "", start, end);
  }

  /// The same event as part `number` of the splitter `stream`.
  public EventHeader split(String stream, long number) {
    return new EventHeader(run, subrun, event, state, number, stream, start, end);
  }

  /// The object a frame holds under [#KEY], in class version 3.
  public FrameObject toObject() {
    ArchiveWriter out = new ArchiveWriter(TYPE, 3);
    out.frameObjectBase();
    out.u32(run).u32(subrun).u32(event).i32(state).u32(subEvent).string(subEventStream);
    for (I3Time time : new I3Time[] {start, end}) {
      out.object("I3Time", 0);
      out.frameObjectBase();
      out.i32(time.year()).i64(time.ticks());
    }
    return out.toObject(KEY, TYPE);
  }
}
