package dev.firn.catalog;

import dev.firn.database.DatabaseException;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Router;
import java.io.IOException;

/// The one place where the catalog's failures become answers over HTTP.
public final class Answers {
  private Answers() {}

  /// Runs an endpoint; what it throws as a failure of the catalog is thrown on as a problem.
  public static void explained(Exchange exchange, Router.Parameters path, Router.Endpoint endpoint)
      throws IOException {
    try {
      endpoint.handle(exchange, path);
    } catch (QueryException e) {
      throw new HttpProblem(400, "bad-query", message(e));
    } catch (CatalogException e) {
      int status =
          switch (e.code()) {
            case "not-found" -> 404;
            case "conflict", "frozen" -> 409;
            default -> 400;
          };
      throw new HttpProblem(status, e.code(), message(e));
    } catch (DatabaseException e) {
      if (e.isOutOfTime()) {
        throw new HttpProblem(
            503, "query-too-slow", "the query took too long and was ended: make it narrower");
      }
      if (e.kind() == DatabaseException.Kind.REFUSED) {
        throw e;
      }
      throw new HttpProblem(503, "database-unavailable", "the catalog's database is away");
    }
  }

  private static String message(RuntimeException e) {
    return String.valueOf(e.getMessage());
  }
}
