package dev.firn.transfer;

import static dev.firn.transfer.RuleWorld.MADISON;
import static dev.firn.transfer.RuleWorld.NERSC;
import static dev.firn.transfer.RuleWorld.POLE;
import static dev.firn.transfer.RuleWorld.wanted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.model.SiteName;
import dev.firn.transfer.link.Downtime;
import dev.firn.transfer.link.Hold;
import dev.firn.transfer.link.Link;
import dev.firn.transfer.link.LinkCalendar;
import dev.firn.transfer.link.LinkPolicy;
import dev.firn.transfer.queue.FailureClass;
import dev.firn.transfer.queue.Settlement;
import dev.firn.transfer.queue.Transfer;
import dev.firn.transfer.rule.CopyRequest;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What operators say of links and sites, and the ways files take then: pole cannot talk to nersc.
class LinksTest {
  private static final LinkPolicy BLOCKED =
      new LinkPolicy(true, 1, 1, 0, 0, Map.of(), LinkCalendar.parse(""));

  private final RuleWorld world = new RuleWorld();
  private final Links links = new Links(world.transfers, TransferConfig.DEFAULT);
  private final long file = world.put("/data/exp/raw", 10, POLE);

  @AfterEach
  void close() {
    world.close();
  }

  private void wantedAtNersc() {
    world.rules.add(wanted("/**", "nersc", 1), "operator");
    world.follow();
  }

  private Transfer queued() {
    assertThat(world.queued()).hasSize(1);
    return world.queued().getFirst();
  }

  @Test
  void whereTwoSitesCannotTalkTheFileGoesByWayOfAThird() {
    links.set("pole", "nersc", BLOCKED, "operator");
    wantedAtNersc();
    Transfer first = queued();
    assertThat(first.request().to().site()).isEqualTo(MADISON);
    assertThat(world.request(file).state()).isEqualTo(CopyRequest.State.ASSIGNED);
    assertThat(world.request(file).via()).isEqualTo(MADISON);
    Explanation told = world.explanations.request(world.request(file).id()).orElseThrow();
    assertThat(told.sentence()).contains("goes by way of madison: transfer " + first.id());
    assertThat(world.explanations.transfer(first.id()).orElseThrow().sentence())
        .contains("to madison, a stop on the way to nersc)");
    world.done(first);
    Transfer second = queued();
    assertThat(world.explanations.transfer(second.id()).orElseThrow().sentence())
        .contains("to nersc)");
    assertThat(second.request().from().site()).isEqualTo(MADISON);
    assertThat(second.request().to().site()).isEqualTo(NERSC);
    assertThat(world.request(file).via()).isNull();
    world.done(second);
    assertThat(world.request(file).state()).isEqualTo(CopyRequest.State.DONE);
    assertThat(world.transfers.list(null, 0, 10)).hasSize(2);
  }

  @Test
  void aFirstStepThatFailsIsNotAskedForWithoutEnd() {
    links.set("pole", "nersc", BLOCKED, "operator");
    wantedAtNersc();
    world.settle(
        queued(),
        new Settlement.Failed(
            new Settlement.Trouble(FailureClass.OCCUPIED, "another file lies there")));
    assertThat(world.transfers.list(null, 0, 10)).hasSize(1);
    assertThat(world.request(file).state()).isEqualTo(CopyRequest.State.FAILED);
    assertThat(world.request(file).why()).contains("another file lies there");
  }

  @Test
  void withoutAnyWayTheRequestSaysSo() {
    links.set("*", "nersc", BLOCKED, "operator");
    wantedAtNersc();
    assertThat(world.transfers.list(null, 0, 10)).isEmpty();
    assertThat(world.request(file).state()).isEqualTo(CopyRequest.State.OPEN);
    assertThat(world.request(file).why()).contains("can be brought there");
    links.set("*", "nersc", LinkPolicy.fixed(4), "operator");
    world.follow();
    assertThat(queued().request().to().site()).isEqualTo(NERSC);
  }

  @Test
  void theMoreExactWordOnALinkCountsAndEachIsInItsHistory() {
    links.set("*", "nersc", BLOCKED, "operator");
    links.set("madison", "nersc", LinkPolicy.fixed(2), "operator");
    assertThat(links.policy(new Link(MADISON, NERSC)).blocked()).isFalse();
    assertThat(links.policy(new Link(POLE, NERSC)).blocked()).isTrue();
    assertThat(links.changes("madison", "nersc", 10))
        .singleElement()
        .satisfies(c -> assertThat(c.entry().who()).isEqualTo("operator"));
    wantedAtNersc();
    assertThat(links.list())
        .filteredOn(l -> l.waits() > 0)
        .extracting(Links.Now::link)
        .containsExactly(new Link(POLE, MADISON));
  }

  @Test
  void aDowntimeHoldsALinkAndEnds() {
    wantedAtNersc();
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    Downtime planned =
        links.add(
            new Downtime(
                0, NERSC, now.minusSeconds(60), now.plusSeconds(3600), "new switches", "operator"));
    assertThat(links.downtimes()).containsExactly(planned);
    assertThat(links.list())
        .singleElement()
        .satisfies(l -> {
          assertThat(l.held()).isNotNull();
          assertThat(l.held().kind()).isEqualTo(Hold.Kind.DOWNTIME);
          assertThat(l.held().words()).contains("new switches");
        });
    assertThat(links.removeDowntime(planned.id(), "operator")).isTrue();
    assertThat(links.removeDowntime(planned.id(), "operator")).isFalse();
    assertThat(links.downtimes()).isEmpty();
    assertThatThrownBy(() ->
            links.add(
                new Downtime(
                    0, new SiteName("atlantis"), now, now.plusSeconds(1), "x", "operator")))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
