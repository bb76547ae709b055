// mvn package && WEBHOOK_SECRETS=whsec_… PORT=8090 java -cp 'target/*:target/dependency/*' Receiver
import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.WebhookVerificationException;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

public final class Receiver {
  private static final int MOST_BYTES = 1_048_576;
  private static final int MOST_WAITING = 1_000;

  private record Event(String id, String type, JsonObject body) {}

  // More than one while a secret is rotated, newest first.
  private final List<Webhook> webhooks;
  // In a real service: a table with webhook-id as its key, and a queue that outlives the process.
  private final Set<String> seen = new HashSet<>();
  private final BlockingQueue<Event> waiting = new ArrayBlockingQueue<>(MOST_WAITING);

  private Receiver(List<Webhook> webhooks) {
    this.webhooks = webhooks;
  }

  private int take(HttpExchange exchange) throws IOException {
    byte[] bytes = exchange.getRequestBody().readNBytes(MOST_BYTES + 1);
    if (bytes.length > MOST_BYTES) return 413;
    String body = new String(bytes, StandardCharsets.UTF_8);
    HttpHeaders headers = HttpHeaders.of(exchange.getRequestHeaders(), (name, value) -> true);
    if (!verified(body, headers)) return 401;
    JsonObject event;
    try {
      event = new Gson().fromJson(body, JsonObject.class);
    } catch (JsonParseException error) {
      return 400;
    }
    if (event == null || !(event.get("type") instanceof JsonPrimitive type) || !type.isString()) return 400;
    return queued(new Event(headers.firstValue("webhook-id").orElseThrow(), type.getAsString(), event));
  }

  private boolean verified(String body, HttpHeaders headers) {
    for (Webhook webhook : webhooks) {
      try {
        // Over the text as it came: a body that was parsed and written again has another signature.
        webhook.verify(body, headers);
        return true;
      } catch (WebhookVerificationException error) {
        // Perhaps it was signed with the next secret.
      }
    }
    return false;
  }

  private synchronized int queued(Event event) {
    if (seen.contains(event.id())) return 204;
    if (!waiting.offer(event)) return 503; // Signpost comes back later, and slowly.
    seen.add(event.id());
    return 204;
  }

  private void work() {
    try {
      while (true) {
        Event event = waiting.take();
        System.out.println("worked " + event.id() + " " + event.type());
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  public static void main(String[] arguments) throws IOException {
    List<Webhook> webhooks = Stream.of(System.getenv("WEBHOOK_SECRETS").split(" ")).map(Webhook::new).toList();
    Receiver receiver = new Receiver(webhooks);
    int port = Integer.parseInt(System.getenv().getOrDefault("PORT", "8090"));
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    server.setExecutor(Executors.newFixedThreadPool(8));
    server.createContext("/", exchange -> {
      try (exchange) {
        exchange.sendResponseHeaders(receiver.take(exchange), -1);
      }
    });
    new Thread(receiver::work).start();
    server.start();
    System.out.println("listening on " + server.getAddress().getPort());
  }
}
