import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.svix.Svix;
import com.svix.SvixOptions;
import com.svix.Webhook;
import com.svix.api.*;
import com.svix.exceptions.ApiException;
import com.svix.exceptions.WebhookVerificationException;
import com.svix.models.*;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.*;
import java.util.stream.Collectors;

/**
 * Drives Signpost with the Svix SDK of either major; tells each step on stdout (test/external/svix/steps.ts). What
 * differs between the majors is in Major.java.
 */
public final class Client {
    static final String APP = "shop";
    static final String EVENT_TYPE = "invoice.paid";
    static final String PATH = System.getenv("RECEIVER_PATH");
    static final String URL = System.getenv("RECEIVER_URL") + PATH;
    static final String OTHER_SECRET = "whsec_" + Base64.getEncoder().encodeToString(filled(24, (byte) 7));
    static final String SCHEMA =
            "{\"type\":\"object\",\"properties\":{\"amount\":{\"type\":\"integer\"}},\"examples\":[{\"amount\":5}]}";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    private static final BufferedReader IN = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));

    static final Svix svix = client(System.getenv("SIGNPOST_KEY"));
    static String endpoint;
    private static String message;
    private static String attempt;
    private static String oldSecret;
    private static String newSecret;
    private static String failing;
    private static String task;
    private static String example;
    private static Svix portal;

    interface Step {
        Map<String, Object> run() throws Exception;
    }

    interface Call {
        Object run() throws Exception;
    }

    private static byte[] filled(int length, byte value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, value);
        return bytes;
    }

    static Svix client(String token) {
        SvixOptions options = new SvixOptions();
        options.setServerUrl(System.getenv("SIGNPOST_URL"));
        return new Svix(token, options);
    }

    static Map<String, Object> fields(Object... namesAndValues) {
        Map<String, Object> fields = new LinkedHashMap<>();
        for (int at = 0; at < namesAndValues.length; at += 2)
            fields.put((String) namesAndValues[at], namesAndValues[at + 1]);
        return fields;
    }

    private static void tell(Map<String, Object> line) throws Exception {
        OUT.println(JSON.writeValueAsString(line));
    }

    /** Runs one step; whatever it throws is its result. */
    private static void step(String name, Step run) throws Exception {
        Map<String, Object> line;
        try {
            line = fields("step", name, "result", run.run());
        } catch (ApiException error) {
            line = fields("step", name, "error", error + " " + Major.bodyOf(error));
        } catch (Exception error) {
            line = fields("step", name, "error", error.toString());
        }
        tell(line);
    }

    /** A step whose answer has no fields of interest. */
    private static void call(String name, Call run) throws Exception {
        step(name, () -> {
            run.run();
            return fields();
        });
    }

    private static JsonNode ask(Object... question) throws Exception {
        tell(fields(question));
        JsonNode answer = JSON.readTree(IN.readLine());
        if (answer.has("error")) throw new IllegalStateException(answer.get("error").asText());
        return answer;
    }

    private static JsonNode delivery(int count) throws Exception {
        return ask("ask", "delivery", "application", APP, "path", PATH, "count", count);
    }

    private static void known() throws Exception {
        ask("ask", "known", "application", APP);
    }

    private static void fate(String id, int status) throws Exception {
        ask("ask", "fate", "application", APP, "message", id, "status", status);
    }

    private static ApiException errorOf(Call call) throws Exception {
        try {
            call.run();
        } catch (ApiException error) {
            return error;
        }
        throw new IllegalStateException("it did not fail");
    }

    private static Map<String, Object> failure(Call call) throws Exception {
        ApiException error = errorOf(call);
        JsonNode body = JSON.readTree(Major.bodyOf(error));
        return fields("status", error.getCode(), "code", body.get("code").asText(), "detail", body.get("detail").asText());
    }

    private static boolean verifies(String secret, JsonNode sent, String more) throws Exception {
        Map<String, List<String>> headers = new HashMap<>();
        sent.get("headers").fields().forEachRemaining(each -> headers.put(each.getKey(), List.of(each.getValue().asText())));
        try {
            new Webhook(secret).verify(sent.get("body").asText() + more, HttpHeaders.of(headers, (name, value) -> true));
            return true;
        } catch (WebhookVerificationException error) {
            return false;
        }
    }

    private static Object amountOf(JsonNode sent) throws Exception {
        return JSON.readTree(sent.get("body").asText()).get("amount").asInt();
    }

    private static Object amountOf(MessageOut out) {
        JsonNode amount = JSON.valueToTree(Major.payloadOf(out)).get("amount");
        return amount == null ? null : amount.asInt();
    }

    private static MessageIn invoice(int amount) {
        MessageIn given = new MessageIn();
        given.setEventType(EVENT_TYPE);
        given.setEventId("invoice-" + (amount - 11));
        given.setChannels(Set.of("eu"));
        Major.setPayload(given, "{\"amount\":" + amount + "}");
        return given;
    }

    private static MessageOut send(int amount) throws Exception {
        return svix.getMessage().create(APP, invoice(amount));
    }

    static ApplicationIn application(String name, String uid) {
        return new ApplicationIn().name(name).uid(uid);
    }

    private static Map<String, Object> named(ApplicationOut out) {
        return fields("id", out.getId(), "name", out.getName(), "uid", out.getUid());
    }

    public static void main(String[] args) throws Exception {
        applications();
        eventTypes();
        endpoints();
        messages();
        attempts();
        rotation();
        redelivery();
        expunge();
        portals();
        mistakes();
        call("endpoint.delete", () -> {
            svix.getEndpoint().delete(APP, endpoint);
            return null;
        });
        step("endpoint.get-deleted", () -> failure(() -> svix.getEndpoint().get(APP, endpoint)));
        call("event-type.delete", () -> {
            svix.getEventType().delete(EVENT_TYPE);
            return null;
        });
        // The SDK's HTTP client keeps threads of its own for a while.
        System.exit(0);
    }

    private static void applications() throws Exception {
        step("application.create", () -> {
            ApplicationOut out =
                    svix.getApplication().create(application("Shop", APP).metadata(Map.of("plan", "pro")));
            return fields(
                    "id", out.getId(), "uid", out.getUid(), "name", out.getName(),
                    "plan", out.getMetadata().get("plan"), "createdAt", out.getCreatedAt().toString());
        });
        step("application.get-or-create", () -> {
            ApplicationOut out = svix.getApplication().getOrCreate(application("Another name", APP));
            return fields("id", out.getId(), "name", out.getName());
        });
        step("application.get", () -> {
            ApplicationOut out = svix.getApplication().get(APP);
            return fields("id", out.getId(), "uid", out.getUid());
        });
        step("application.update", () -> named(Major.upsert(APP, application("Shop, replaced", APP))));
        step("application.upsert", () -> named(Major.upsert("second", application("Second", "second"))));
        step("application.patch", () ->
                named(svix.getApplication().patch(APP, new ApplicationPatch().name("Shop, patched"))));
        step("application.list", () -> {
            List<String> uids = new ArrayList<>();
            int pages = 0;
            ApplicationListOptions options = new ApplicationListOptions();
            options.setLimit(1L);
            for (boolean done = false; !done; pages += 1) {
                ListResponseApplicationOut page = svix.getApplication().list(options);
                page.getData().forEach(each -> uids.add(each.getUid()));
                options.setIterator(page.getIterator());
                done = page.getDone();
            }
            Collections.sort(uids);
            return fields("uids", uids, "pages", pages);
        });
        call("application.delete", () -> {
            svix.getApplication().delete("second");
            return null;
        });
    }

    private static void eventTypes() throws Exception {
        step("event-type.create", () -> {
            EventTypeIn given = new EventTypeIn().name(EVENT_TYPE).description("An invoice was paid");
            given.setSchemas(Major.schemas(SCHEMA));
            EventTypeOut out = svix.getEventType().create(given);
            return fields("name", out.getName(), "description", out.getDescription(), "archived", out.getArchived());
        });
        step("event-type.get", () -> {
            EventTypeOut out = svix.getEventType().get(EVENT_TYPE);
            List<String> versions = new ArrayList<>();
            JSON.valueToTree(out.getSchemas()).fieldNames().forEachRemaining(versions::add);
            return fields("name", out.getName(), "versions", versions);
        });
        step("event-type.update", () -> fields("description", Major.upsertEventType("Replaced").getDescription()));
        step("event-type.patch", () -> {
            EventTypePatch patch = new EventTypePatch().description("Patched");
            return fields("description", svix.getEventType().patch(EVENT_TYPE, patch).getDescription());
        });
        step("event-type.list", () -> typesOf(svix));
    }

    private static Map<String, Object> typesOf(Svix client) throws Exception {
        EventTypeListOptions options = new EventTypeListOptions();
        options.setWithContent(true);
        return fields("names", client.getEventType().list(options).getData().stream().map(EventTypeOut::getName)
                .collect(Collectors.toList()));
    }

    private static Map<String, Object> endpointsOf(Svix client) throws Exception {
        return fields("ids", client.getEndpoint().list(APP).getData().stream().map(EndpointOut::getId)
                .collect(Collectors.toList()));
    }

    private static Map<String, Object> described(EndpointOut out) {
        return fields("id", out.getId(), "description", out.getDescription(), "eventTypes", Major.eventTypesOf(out));
    }

    private static Map<String, Object> headers() throws Exception {
        EndpointHeadersOut out = svix.getEndpoint().getHeaders(APP, endpoint);
        return fields("headers", out.getHeaders(), "sensitive", out.getSensitive());
    }

    private static void endpoints() throws Exception {
        step("endpoint.create", () -> {
            EndpointIn given = new EndpointIn().url(URI.create(URL)).uid("main").description("Created")
                    .channels(Set.of("eu")).metadata(Map.of("team", "billing"));
            EndpointOut out = svix.getEndpoint().create(APP, Major.withEventTypes(given, Set.of(EVENT_TYPE)));
            endpoint = out.getId();
            Map<String, Object> result = described(out);
            result.putAll(fields("uid", out.getUid(), "url", out.getUrl().toString(), "channels", out.getChannels(),
                    "disabled", out.getDisabled(), "team", out.getMetadata().get("team")));
            return result;
        });
        step("endpoint.get", () -> {
            EndpointOut out = svix.getEndpoint().get(APP, "main");
            return fields("id", out.getId(), "eventTypes", Major.eventTypesOf(out));
        });
        step("endpoint.update", () -> described(Major.upsertEndpoint("Replaced")));
        step("endpoint.patch", () ->
                described(svix.getEndpoint().patch(APP, endpoint, new EndpointPatch().description("Patched"))));
        step("endpoint.list", () -> endpointsOf(svix));
        call("endpoint.set-headers", () -> {
            Major.setHeaders(Map.of("x-shop", "one", "authorization", "Bearer secret"));
            return null;
        });
        step("endpoint.get-headers", Client::headers);
        call("endpoint.patch-headers", () -> {
            Major.patchHeaders(Map.of("x-second", "two"), "x-shop");
            return null;
        });
        step("endpoint.get-headers-again", Client::headers);
        step("endpoint.get-secret", () -> {
            oldSecret = svix.getEndpoint().getSecret(APP, endpoint).getKey();
            return fields("key", oldSecret);
        });
    }

    private static void messages() throws Exception {
        MessageCreateOptions once = new MessageCreateOptions();
        once.setIdempotencyKey("first-invoice");
        step("message.create", () -> {
            known();
            MessageOut out = svix.getMessage().create(APP, invoice(12), once);
            message = out.getId();
            return fields("id", out.getId(), "eventType", out.getEventType(), "eventId", out.getEventId(),
                    "channels", out.getChannels());
        });
        step("message.create-again", () -> fields("id", svix.getMessage().create(APP, invoice(12), once).getId()));
        step("message.create-conflict", () -> failure(() -> send(12)));
        step("webhook.verify", () -> {
            JsonNode first = delivery(1);
            return fields("id", first.get("headers").get("webhook-id"), "amount", amountOf(first),
                    "own", verifies(oldSecret, first, ""), "other", verifies(OTHER_SECRET, first, ""),
                    "tampered", verifies(oldSecret, first, " "), "header", first.get("custom").get("x-second"));
        });
        step("message.get", () -> {
            MessageOut out = withContent();
            return fields("id", out.getId(), "eventId", out.getEventId(), "eventType", out.getEventType(),
                    "amount", amountOf(out));
        });
        step("message.list", () -> {
            MessageListOptions options = new MessageListOptions();
            options.setEventTypes(Set.of(EVENT_TYPE));
            return fields("ids", svix.getMessage().list(APP, options).getData().stream().map(MessageOut::getId)
                    .collect(Collectors.toList()));
        });
    }

    private static MessageOut withContent() throws Exception {
        MessageGetOptions options = new MessageGetOptions();
        options.setWithContent(true);
        return svix.getMessage().get(APP, message, options);
    }

    private static void attempts() throws Exception {
        step("message-attempt.list-by-endpoint", () -> {
            MessageAttemptListByEndpointOptions options = new MessageAttemptListByEndpointOptions();
            options.setStatus(MessageStatus.SUCCESS);
            List<MessageAttemptOut> listed =
                    svix.getMessageAttempt().listByEndpoint(APP, endpoint, options).getData();
            MessageAttemptOut first = listed.get(0);
            return fields(
                    "msgIds", listed.stream().map(MessageAttemptOut::getMsgId).collect(Collectors.toList()),
                    "status", first.getStatus(), "statusCode", first.getResponseStatusCode(),
                    "trigger", first.getTriggerType(), "url", first.getUrl().toString());
        });
        step("message-attempt.list-by-msg", () -> {
            MessageAttemptListByMsgOptions options = new MessageAttemptListByMsgOptions();
            options.setLimit(10L);
            options.setEndpointId("main");
            List<MessageAttemptOut> listed = svix.getMessageAttempt().listByMsg(APP, message, options).getData();
            attempt = listed.get(0).getId();
            return fields("id", attempt, "endpointIds",
                    listed.stream().map(MessageAttemptOut::getEndpointId).collect(Collectors.toList()));
        });
        step("message-attempt.get", () -> {
            MessageAttemptOut out = svix.getMessageAttempt().get(APP, message, attempt);
            return fields("id", out.getId(), "msgId", out.getMsgId(), "endpointId", out.getEndpointId());
        });
        step("message-attempt.list-attempted-messages", () -> {
            List<EndpointMessageOut> listed =
                    svix.getMessageAttempt().listAttemptedMessages(APP, endpoint).getData();
            return fields("ids", listed.stream().map(EndpointMessageOut::getId).collect(Collectors.toList()),
                    "status", listed.get(0).getStatus());
        });
        step("message-attempt.list-attempted-destinations", () -> {
            List<MessageEndpointOut> listed =
                    svix.getMessageAttempt().listAttemptedDestinations(APP, message).getData();
            return fields("ids", listed.stream().map(MessageEndpointOut::getId).collect(Collectors.toList()),
                    "status", listed.get(0).getStatus());
        });
    }

    private static void rotation() throws Exception {
        step("endpoint.rotate-secret", () -> fields("answered", Major.rotateSecret()));
        step("endpoint.get-secret-again", () -> {
            newSecret = svix.getEndpoint().getSecret(APP, endpoint).getKey();
            return fields("key", newSecret);
        });
        step("webhook.verify-rotated", () -> {
            known();
            send(13);
            JsonNode second = delivery(2);
            return fields("old", verifies(oldSecret, second, ""), "new", verifies(newSecret, second, ""),
                    "amount", amountOf(second));
        });
    }

    private static Map<String, Object> arrived(int count, String id) throws Exception {
        JsonNode sent = delivery(count);
        fate(id, 0);
        return fields("id", sent.get("headers").get("webhook-id"), "verified", verifies(newSecret, sent, ""));
    }

    private static void redelivery() throws Exception {
        step("message.create-failing", () -> {
            ask("ask", "fail-once", "application", APP, "endpoint", endpoint, "path", PATH);
            failing = send(14).getId();
            return fields("id", failing);
        });
        step("endpoint.recover", () -> {
            fate(failing, 2);
            RecoverIn since = new RecoverIn().since(OffsetDateTime.now(ZoneOffset.UTC).minusHours(1));
            RecoverOut out = svix.getEndpoint().recover(APP, endpoint, since);
            task = out.getId();
            return fields("id", out.getId(), "status", out.getStatus(), "task", out.getTask());
        });
        step("webhook.verify-recovered", () -> arrived(4, failing));
        step("background-task.get", () -> {
            BackgroundTaskOut out = svix.getBackgroundTask().get(task);
            return fields("id", out.getId(), "status", out.getStatus());
        });
        step("endpoint.send-example", () -> {
            MessageOut out = svix.getEndpoint().sendExample(APP, endpoint, new EventExampleIn().eventType(EVENT_TYPE));
            example = out.getId();
            return fields("id", out.getId(), "eventType", out.getEventType());
        });
        step("webhook.verify-example", () -> arrived(5, example));
        step("endpoint.get-stats", () -> {
            EndpointStats out = svix.getEndpoint().getStats(APP, endpoint);
            return fields("success", out.getSuccess(), "fail", out.getFail(), "pending", out.getPending(),
                    "sending", out.getSending());
        });
    }

    private static void expunge() throws Exception {
        call("message-attempt.expunge-content", () -> {
            svix.getMessageAttempt().expungeContent(APP, message, attempt);
            return null;
        });
        call("message.expunge-content", () -> {
            svix.getMessage().expungeContent(APP, message);
            return null;
        });
        step("message.get-expunged", () -> {
            MessageOut out = withContent();
            return fields("id", out.getId(), "amount", amountOf(out));
        });
    }

    private static void portals() throws Exception {
        step("authentication.app-portal-access", () -> {
            AppPortalAccessOut out = svix.getAuthentication().appPortalAccess(APP, new AppPortalAccessIn());
            portal = client(out.getToken());
            return fields("token", out.getToken(), "url", out.getUrl().toString());
        });
        step("portal.endpoint.list", () -> endpointsOf(portal));
        step("portal.event-type.list", () -> typesOf(portal));
        step("portal.application.list", () -> failure(() -> portal.getApplication().list()));
    }

    private static void mistakes() throws Exception {
        step("error.unauthorised", () -> failure(() -> client("wrong").getApplication().list()));
        step("error.not-found", () -> failure(() -> svix.getApplication().get("nobody")));
        step("error.conflict", () -> failure(() -> svix.getApplication().create(application("Twice", APP))));
        step("error.validation", () -> {
            ApiException error = errorOf(() -> svix.getEndpoint().create(APP, new EndpointIn().url(URI.create(URL)).channels(Set.of("no channel"))));
            JsonNode fault = JSON.readTree(Major.bodyOf(error)).get("detail").get(0);
            return fields("status", error.getCode(), "loc", fault.get("loc"), "message", fault.get("msg").asText());
        });
    }
}
