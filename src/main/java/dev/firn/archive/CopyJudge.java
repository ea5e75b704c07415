package dev.firn.archive;

import dev.firn.archive.tape.Locality;
import dev.firn.archive.tape.TapeClient;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.RemoteException;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.transfer.site.Site;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// Finds out whether an archive's copy of a bundle is what it should be: by reading all of it, by
/// reading some members, or by what the site says. Writes nothing down.
///
/// @param tape asks nearline sites where a bundle lies
record CopyJudge(ArchiveStore store, BundleSource source, TapeClient tape) {
  private static final int BLOCK = 1 << 20;

  /// What was found of a copy.
  ///
  /// @param verdict `agrees`, `differs` or `missing`
  /// @param bytes that were read
  /// @param found the size and checksums of the whole; null when they were not found
  record Judgement(
      String verdict, String detail, long bytes, RemoteCopy.Found.@Nullable Bytes found) {
    boolean agrees() {
      return verdict.equals("agrees");
    }

    private static Judgement missing(Bundle bundle) {
      return new Judgement("missing", bundle.site() + " has no " + bundle.name(), 0, null);
    }
  }

  /// Reads the whole copy, once. A bundle whose own checksum nobody knows is right when each of its
  /// members is, and its directory.
  Judgement read(Bundle bundle, LongConsumer progress) throws IOException {
    boolean known = bundle.checksums().find(ChecksumAlgorithm.SHA512).isPresent();
    List<Member> members = known ? List.of() : store.members(bundle.uuid());
    MemberDigests digests = new MemberDigests(members.stream().map(Member::entry).toList());
    return switch (source.readBack(bundle, progress, digests::pass)) {
      case RemoteCopy.Found.Nothing n -> Judgement.missing(bundle);
      case RemoteCopy.Found.Bytes b -> {
        Judgement whole = judge(bundle, b, b.size());
        yield known || !whole.agrees() ? whole : members(bundle, whole, members, digests);
      }
    };
  }

  private Judgement members(
      Bundle bundle, Judgement whole, List<Member> members, MemberDigests digests)
      throws IOException {
    boolean listed = store.hasManifest(bundle.uuid());
    for (Member member : members) {
      Optional<Checksum> found = digests.of(member.entry());
      if (!found.equals(Optional.of(member.packed().sha512()))) {
        String what =
            found
                .map(sha512 -> "has " + sha512)
                .orElseGet(() -> digests.trouble(member.entry()).orElse("is not there"));
        return differs(member, what, whole);
      }
      // Where a manifest gave the sha512 that its bytes have, a CRC-32 has nothing to say of them.
      Optional<String> trouble = listed ? Optional.empty() : digests.trouble(member.entry());
      if (trouble.isPresent()) {
        return differs(member, trouble.get(), whole);
      }
    }
    try {
      source.reader(bundle);
    } catch (BundleException e) {
      return new Judgement("differs", String.valueOf(e.getMessage()), whole.bytes, whole.found);
    }
    return new Judgement("agrees", "every member's sha512 agrees", whole.bytes, whole.found);
  }

  private static Judgement differs(Member member, String what, Judgement whole) {
    String detail = member.packed().path() + " in it: " + what;
    return new Judgement("differs", detail, whole.bytes, whole.found);
  }

  private static Judgement judge(Bundle bundle, RemoteCopy.Found.Bytes found, long read) {
    Optional<Checksum> other = found.checksums().firstDifference(bundle.checksums());
    if (found.size() != bundle.size()) {
      String detail = "is %d bytes, not %d".formatted(found.size(), bundle.size());
      return new Judgement("differs", detail, read, found);
    }
    if (other.isPresent()) {
      String known = bundle.checksums().load(other.get().algorithm()).toString();
      return new Judgement("differs", other.get() + ", not " + known, read, found);
    }
    List<String> agreeing =
        found.checksums().values().keySet().stream()
            .filter(a -> bundle.checksums().find(a).isPresent())
            .map(ChecksumAlgorithm::label)
            .toList();
    String agree = agreeing.size() == 1 ? " agrees" : " agree";
    return new Judgement("agrees", String.join(" and ", agreeing) + agree, read, found);
  }

  /// Reads the members of a sample and nothing else of the bundle. That they agree says nothing of
  /// the others.
  Judgement sample(Bundle bundle, Sample sample, LongConsumer progress) throws IOException {
    Site site = source.sites().load(bundle.site());
    long read = 0;
    for (Member member : sample.members()) {
      Checksum found;
      try {
        found = digest(site, bundle, member, read, progress);
      } catch (RemoteException e) {
        Optional<Judgement> other = ofLength(site, bundle, read);
        if (other.isPresent()) {
          return other.get();
        }
        throw e;
      } catch (BundleException e) {
        return new Judgement("differs", String.valueOf(e.getMessage()), read, null);
      }
      read += member.packed().size();
      if (!found.equals(member.packed().sha512())) {
        String detail =
            "%s in it has %s; %s".formatted(member.packed().path(), found, sample.words());
        return new Judgement("differs", detail, read, null);
      }
    }
    return new Judgement("agrees", sample.words() + ", each one's sha512 agrees", read, null);
  }

  /// What is wrong with the length of a copy of which a part could not be read; empty when nothing
  /// is.
  private Optional<Judgement> ofLength(Site site, Bundle bundle, long read) throws IOException {
    Optional<RemoteCopy.Claim> claim = source.remote().claim(site, bundle.name());
    if (claim.isEmpty()) {
      return Optional.of(Judgement.missing(bundle));
    }
    long size = claim.get().size();
    return size < 0 || size == bundle.size()
        ? Optional.empty()
        : Optional.of(
            new Judgement(
                "differs", "is %d bytes, not %d".formatted(size, bundle.size()), read, null));
  }

  /// @param read what was read before it
  private Checksum digest(Site site, Bundle bundle, Member member, long read, LongConsumer progress)
      throws IOException {
    MessageDigest sha512 = RemoteCopy.sha512();
    long left = member.packed().size();
    if (left > 0) {
      BundleReader.Entry entry = member.entry();
      try (Response response =
              source.range(
                  bundle.site(), bundle.name(), offset(site, bundle, member), entry.room());
          InputStream own = Inflating.own(entry, response.body())) {
        byte[] block = new byte[(int) Math.min(BLOCK, left)];
        while (left > 0) {
          int n = own.readNBytes(block, 0, (int) Math.min(block.length, left));
          if (n == 0) {
            throw new EOFException(site.at(bundle.name()) + " ended " + left + " bytes early");
          }
          sha512.update(block, 0, n);
          left -= n;
          progress.accept(read + member.packed().size() - left);
        }
      }
    }
    return Checksum.of(ChecksumAlgorithm.SHA512, sha512.digest());
  }

  /// Known since the bundle was packed here, or behind the local header of those of others.
  private long offset(Site site, Bundle bundle, Member member) throws IOException {
    return member.dataOffset() >= 0
        ? member.dataOffset()
        : ZipDirectory.dataOffset(
            source.remote().bundle(site, bundle.name(), bundle.size()), member.entry());
  }

  /// What a site says of a copy.
  sealed interface Word {
    /// It gives a checksum that is strong enough to be held against the known one.
    record Given(Judgement judgement, String how) implements Word {}

    /// Nothing that would do: the copy is to be read.
    record Silent() implements Word {}

    /// Asked again later.
    record Later(String why) implements Word {}
  }

  /// Asks the site for a checksum that `care` takes, and a nearline site whether the bundle is on
  /// tape. Any checksum that differs is enough to know that the copy is wrong.
  Word word(Bundle bundle, ArchiveCare.Custody care) throws IOException {
    if (care == ArchiveCare.Custody.READ_BACK) {
      return new Word.Silent();
    }
    Site site = source.sites().load(bundle.site());
    if (site.nearline()) {
      Locality at = locality(site, bundle.name());
      if (at == Locality.DISK || at == Locality.UNAVAILABLE) {
        return new Word.Later("waits until " + site.name() + " says that it is on tape");
      }
      if (at == Locality.LOST) {
        String lost = site.name() + " says that it is lost";
        return new Word.Given(new Judgement("missing", lost, 0, null), "archiveinfo");
      }
    }
    Optional<RemoteCopy.Claim> claim = source.remote().claim(site, bundle.name());
    if (claim.isEmpty()) {
      return new Word.Given(Judgement.missing(bundle), "looked for");
    }
    long size = claim.get().size() < 0 ? bundle.size() : claim.get().size();
    Judgement judgement =
        judge(bundle, new RemoteCopy.Found.Bytes(size, strong(claim.get().checksums())), 0);
    boolean enough =
        claim.get().checksums().find(ChecksumAlgorithm.SHA512).isPresent()
            || (care == ArchiveCare.Custody.ADLER32
                && claim.get().checksums().find(ChecksumAlgorithm.ADLER32).isPresent());
    return judgement.agrees() && !enough
        ? new Word.Silent()
        : new Word.Given(judgement, claim.get().how());
  }

  private static Checksums strong(Checksums all) {
    List<Checksum> compared = new ArrayList<>();
    all.find(ChecksumAlgorithm.ADLER32).ifPresent(compared::add);
    all.find(ChecksumAlgorithm.SHA512).ifPresent(compared::add);
    return Checksums.of(compared);
  }

  private Locality locality(Site site, LogicalName name) throws IOException {
    return tape.localities(site, List.of(name)).getOrDefault(name, Locality.UNAVAILABLE);
  }
}
