package dev.firn.transfer.execution;

import dev.firn.model.LogicalName;
import dev.firn.transfer.site.Site;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Makes the tokens of one transfer, each naming exactly one path, one right and one site; only
/// those that order files from tape are for all below a folder, so that one order can be for many.
public interface TransferTokens {
  /// For sites that ask for none.
  TransferTokens NONE =
      new TransferTokens() {
        @Override
        public @Nullable String readToken(Site site, LogicalName name) {
          return null;
        }

        @Override
        public @Nullable String stageToken(Site site, LogicalName folder) {
          return null;
        }

        @Override
        public @Nullable String createToken(Site site, LogicalName name, boolean overwrite) {
          return null;
        }
      };

  /// A token to read `name` at `site`; null when the site asks for none.
  @Nullable String readToken(Site site, LogicalName name) throws IOException;

  /// A token to bring files below `folder` online at `site`, and to ask where they are; null when
  /// the site asks for none.
  @Nullable String stageToken(Site site, LogicalName folder) throws IOException;

  /// A token to create `name` at `site`, or to replace it when `overwrite`; null when the site asks
  /// for none.
  @Nullable String createToken(Site site, LogicalName name, boolean overwrite) throws IOException;
}
