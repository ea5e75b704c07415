/// The web pages, from read models of the floors below.
///
/// [Overview] is one moment's picture of a hub; [OverviewPage] renders it as HTML on the server, so
/// that the page is whole without JavaScript, and a small module swaps sections when
/// [ConsoleRoutes] sends newer ones as server-sent events. All text from data is escaped in one
/// place, [Html]. Nothing here changes anything. A live page holds one platform thread; the number
/// of live pages is bounded.
@NullMarked
package dev.firn.console;

import org.jspecify.annotations.NullMarked;
