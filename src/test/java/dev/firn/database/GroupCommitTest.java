package dev.firn.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class GroupCommitTest {
  @Test
  void whatSpoilsAGroupIsRefusedForThatOneAlone() throws Exception {
    CountDownLatch first = new CountDownLatch(1);
    CountDownLatch all = new CountDownLatch(1);
    try (TestDatabase test = TestDatabase.create();
        ExecutorService threads = Executors.newFixedThreadPool(12)) {
      GroupCommit<Integer, Integer> group =
          new GroupCommit<>(
              test.database(),
              (_, requests) -> {
                first.countDown();
                await(all);
                if (requests.contains(5)) {
                  throw new IllegalArgumentException("five");
                }
                return requests.stream().map(i -> i * i).toList();
              });
      List<Future<Integer>> answers = new ArrayList<>();
      answers.add(threads.submit(() -> group.submit(0)));
      first.await();
      for (int i = 1; i < 12; i++) {
        int request = i;
        answers.add(threads.submit(() -> group.submit(request)));
      }
      Thread.sleep(200); // they wait for the first, and are one group after it
      all.countDown();
      for (int i = 0; i < 12; i++) {
        Future<Integer> answer = answers.get(i);
        if (i == 5) {
          assertThatThrownBy(answer::get)
              .isInstanceOf(ExecutionException.class)
              .hasRootCauseMessage("five");
        } else {
          assertThat(answer.get()).isEqualTo(i * i);
        }
      }
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
