package dev.firn.transfer;

import dev.firn.transfer.rule.Quotas.Quota;
import dev.firn.transfer.rule.ReplicationRule;
import dev.firn.transfer.rule.ReplicationRule.Wanted;
import dev.firn.transfer.rule.RuleEstimates.AtSite;
import dev.firn.transfer.rule.RuleEstimates.Estimate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Rules, estimates and quotas as the API shows them.
final class RuleViews {
  private RuleViews() {}

  static Map<String, Object> rule(ReplicationRule rule, Map<String, Long> copies) {
    Wanted wanted = rule.wanted();
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("id", rule.id());
    view.put("sentence", wanted.sentence());
    view.put("pattern", wanted.what().pattern().toString());
    view.put("level", wanted.what().level());
    view.put("query", wanted.what().query());
    view.put("site", wanted.where().at().toString());
    view.put("copies_wanted", wanted.where().copies());
    view.put("grouping", wanted.where().grouping().label());
    view.put("bundled", wanted.where().bundled());
    view.put("priority", wanted.how().priority());
    view.put("activity", wanted.how().activity());
    if (wanted.how().expires() != null) {
      view.put("expires", wanted.how().expires().toString());
    }
    view.put("standing", wanted.how().standing());
    view.put("account", rule.account());
    view.put("created_by", rule.createdBy());
    view.put("created", rule.created().toString());
    view.put("copies", copies);
    return view;
  }

  static Map<String, Object> estimate(Wanted wanted, Estimate estimate) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("sentence", wanted.sentence());
    view.put("matching", estimate.matching());
    view.put("files", estimate.copies());
    view.put("bytes", estimate.bytes());
    view.put("already_there", estimate.there());
    if (estimate.time() != null) {
      view.put("seconds", estimate.time().toSeconds());
    }
    List<Map<String, Object>> sites = new ArrayList<>();
    for (AtSite at : estimate.sites()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("site", at.site().value());
      one.put("files", at.copies());
      one.put("bytes", at.bytes());
      if (at.time() != null) {
        one.put("seconds", at.time().toSeconds());
      }
      one.put("basis", at.basis());
      at.cost().ifPresent(cost -> one.put("cost", cost));
      sites.add(one);
    }
    view.put("sites", sites);
    return view;
  }

  static Map<String, Object> explanation(RuleExplanation explanation) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("id", explanation.rule().id());
    view.put("sentence", explanation.sentence());
    List<Map<String, Object>> waiting = new ArrayList<>();
    for (RuleExplanation.Waiting one : explanation.waiting()) {
      Map<String, Object> part = new LinkedHashMap<>();
      part.put("state", one.state().label());
      part.put("copies", one.copies());
      part.putAll(TransferViews.explanation(one.oldest()));
      waiting.add(part);
    }
    view.put("waiting", waiting);
    return view;
  }

  static Map<String, Object> quota(Quota quota) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("account", quota.account());
    view.put("site", quota.site().value());
    quota.bytes().ifPresent(bytes -> view.put("bytes", bytes));
    view.put("used_files", quota.usedFiles());
    view.put("used_bytes", quota.usedBytes());
    return view;
  }
}
