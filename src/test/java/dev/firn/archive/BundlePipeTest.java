package dev.firn.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BundlePipeTest {
  @Test
  void everyByteComesOutInOrderWhateverThePieces() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    ByteArrayOutputStream in = new ByteArrayOutputStream();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (BundlePipe pipe = new BundlePipe(bytes -> take(bytes, out))) {
      while (in.size() < 20_000_000) {
        byte[] piece = new byte[random.nextInt(random.nextBoolean() ? 50 : 2_500_000)];
        random.nextBytes(piece);
        in.write(piece);
        pipe.write(ByteBuffer.wrap(piece));
      }
      pipe.finish();
    }
    assertThat(out.toByteArray()).as("seed %d", seed).isEqualTo(in.toByteArray());
  }

  private static void take(ByteBuffer bytes, ByteArrayOutputStream out) {
    byte[] piece = new byte[bytes.remaining()];
    bytes.get(piece);
    out.writeBytes(piece);
  }

  @Test
  void aSinkThatFailsStopsTheWriter() {
    try (BundlePipe pipe =
        new BundlePipe(bytes -> {
          throw new IOException("disk full");
        })) {
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 100; i++) {
                  pipe.write(ByteBuffer.allocate(1 << 20));
                }
                pipe.finish();
              })
          .isInstanceOf(IOException.class)
          .hasMessage("disk full");
    }
  }

  @Test
  void aSinkThatBreaksWithAnErrorIsNotTakenForOneThatHasAll() {
    try (BundlePipe pipe =
        new BundlePipe(bytes -> {
          throw new OutOfMemoryError("none left");
        })) {
      assertThatThrownBy(
              () -> {
                pipe.write(ByteBuffer.allocate(3 << 20));
                pipe.finish();
              })
          .isInstanceOf(OutOfMemoryError.class);
    }
  }

  @Test
  void whatIsGivenUpLeavesNoThreadBehind() throws Exception {
    BundlePipe pipe = new BundlePipe(bytes -> bytes.position(bytes.limit()));
    pipe.write(ByteBuffer.allocate(5 << 20));
    pipe.close();
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(t -> t.getName().equals("bundle-pipe") && t.isAlive());
  }
}
