/// The web pages, from read models of the floors below.
///
/// [Console] is the frame: navigation, style, errors, who may look. To add a page, write a class in
/// this package that takes read models in its constructor and has an `addTo(Console)`:
///
/// ```java
/// public final class TrafficPages {
///   public void addTo(Console console) {
///     console.add("Traffic", "/console/traffic", this::traffic);   // with a place in the navigation
///     console.add("/console/traffic/{share}", this::share);        // linked to from there
///   }
///
///   private Console.Content traffic(Exchange exchange, Router.Parameters path) {
///     Html out = new Html().raw("<section>").heading("By share").table("share", ">bytes");
///     shares.forEach(s -> out.raw("<tr>").cell(s.name()).number(Html.bytes(s.bytes())).raw("</tr>"));
///     return new Console.Content("Traffic", out.endTable().raw("</section>"));
///   }
/// }
/// ```
///
/// and add it where `server` gathers the pages of its room. [Html] is the only place that escapes,
/// [Charts] draws; colours and sizes are classes of `console.css`, because the content policy
/// allows no inline style and no script but our own modules. [Overview] is one moment's picture of
/// a hub; its page is renewed by a small module from server-sent events. Looking changes nothing;
/// what does is a [Console.Action]. [Viewers] says who may look, [Sessions] who is signed in. A
/// live page holds one platform thread; their number is bounded.
@NullMarked
package dev.firn.console;

import org.jspecify.annotations.NullMarked;
