package dev.firn.columnar;

import com.github.luben.zstd.Zstd;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;

/// Packs pages with zstd, level 3, through zstd-jni; Parquet's own factory needs Hadoop's codecs.
final class ZstdCodec implements CompressionCodecFactory {
  private static final int LEVEL = 3;

  @Override
  public BytesInputCompressor getCompressor(CompressionCodecName name) {
    if (name == CompressionCodecName.ZSTD) {
      return new Packer();
    }
    throw new IllegalArgumentException("only zstd is written, not " + name);
  }

  @Override
  public BytesInputDecompressor getDecompressor(CompressionCodecName name) {
    return new Unpacker();
  }

  @Override
  public void release() {
    // nothing is held
  }

  private static final class Packer implements BytesInputCompressor {
    @Override
    public BytesInput compress(BytesInput bytes) throws IOException {
      return BytesInput.from(Zstd.compress(bytes.toByteArray(), LEVEL));
    }

    @Override
    public CompressionCodecName getCodecName() {
      return CompressionCodecName.ZSTD;
    }

    @Override
    public void release() {
      // nothing is held
    }
  }

  private static final class Unpacker implements BytesInputDecompressor {
    @Override
    public BytesInput decompress(BytesInput bytes, int size) throws IOException {
      return BytesInput.from(Zstd.decompress(bytes.toByteArray(), size));
    }

    @Override
    public void decompress(ByteBuffer in, int packed, ByteBuffer out, int size) throws IOException {
      byte[] from = new byte[packed];
      in.get(from);
      out.put(Zstd.decompress(from, size));
    }

    @Override
    public void release() {
      // nothing is held
    }
  }
}
