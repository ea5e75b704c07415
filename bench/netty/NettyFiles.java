import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.stream.ChunkedNioFile;
import io.netty.handler.stream.ChunkedWriteHandler;
import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// The least that a server of files with Netty's epoll and BoringSSL does: GET by `sendfile` or, over
/// TLS, in pieces of 256 KiB; PUT without digests, durability or staging. It asks nobody who he is and
/// bounds nothing, so what it costs is a floor for a connector of Firn with Netty.
///
/// Arguments: plain port, TLS port, folder, certificate, key.
final class NettyFiles {
  private static final int PIECE = 256 * 1024;

  private NettyFiles() {}

  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[2]);
    SslContext tls =
        SslContextBuilder.forServer(new File(args[3]), new File(args[4]))
            .sslProvider(SslProvider.OPENSSL)
            .build();
    EventLoopGroup loops =
        new MultiThreadIoEventLoopGroup(
            Runtime.getRuntime().availableProcessors(), EpollIoHandler.newFactory());
    listen(loops, Integer.parseInt(args[0]), folder, null);
    listen(loops, Integer.parseInt(args[1]), folder, tls);
  }

  private static void listen(EventLoopGroup loops, int port, Path folder, SslContext tls)
      throws InterruptedException {
    new ServerBootstrap()
        .group(loops)
        .channel(EpollServerSocketChannel.class)
        .option(ChannelOption.SO_BACKLOG, 4096)
        .childOption(ChannelOption.TCP_NODELAY, true)
        .childHandler(
            new ChannelInitializer<SocketChannel>() {
              @Override
              protected void initChannel(SocketChannel channel) {
                if (tls != null) {
                  channel.pipeline().addLast(tls.newHandler(channel.alloc()));
                }
                channel.pipeline().addLast(new HttpServerCodec(), new ChunkedWriteHandler());
                channel.pipeline().addLast(new Connection(folder));
              }
            })
        .bind("127.0.0.1", port)
        .sync();
  }

  /// One connection.
  private static final class Connection extends SimpleChannelInboundHandler<HttpObject> {
    private final Path folder;
    private FileChannel incoming;

    Connection(Path folder) {
      this.folder = folder;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, HttpObject message)
        throws IOException {
      if (message instanceof HttpRequest request) {
        Path file = folder.resolve(Path.of(request.uri()).getFileName().toString());
        if (request.method().equals(HttpMethod.PUT)) {
          incoming =
              FileChannel.open(
                  file,
                  StandardOpenOption.CREATE,
                  StandardOpenOption.TRUNCATE_EXISTING,
                  StandardOpenOption.WRITE);
        } else if (request.method().equals(HttpMethod.GET)) {
          get(context, request, file);
        } else {
          Files.deleteIfExists(file);
          answer(context, HttpResponseStatus.NO_CONTENT);
        }
      }
      if (message instanceof HttpContent content && incoming != null) {
        ByteBuf bytes = content.content();
        while (bytes.isReadable()) {
          bytes.readBytes(incoming, bytes.readableBytes());
        }
        if (message instanceof LastHttpContent) {
          incoming.close();
          incoming = null;
          answer(context, HttpResponseStatus.CREATED);
        }
      }
    }

    private static void answer(ChannelHandlerContext context, HttpResponseStatus status) {
      HttpResponse response =
          new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.EMPTY_BUFFER);
      HttpUtil.setContentLength(response, 0);
      context.writeAndFlush(response);
    }

    private static void get(ChannelHandlerContext context, HttpRequest request, Path file)
        throws IOException {
      FileChannel source = FileChannel.open(file, StandardOpenOption.READ);
      long length = source.size();
      HttpResponse response =
          new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
      HttpUtil.setContentLength(response, length);
      response.headers().set(HttpHeaderNames.CONTENT_TYPE, "application/octet-stream");
      context.write(response);
      boolean plain = context.pipeline().get(SslHandler.class) == null;
      context.write(
          plain
              ? new DefaultFileRegion(source, 0, length)
              : new ChunkedNioFile(source, 0, length, PIECE));
      ChannelFuture sent = context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
      if (!HttpUtil.isKeepAlive(request)) {
        sent.addListener(ChannelFutureListener.CLOSE);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      context.close();
    }
  }
}
