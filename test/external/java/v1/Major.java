import com.svix.exceptions.ApiException;
import com.svix.models.*;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the 1.x SDK calls otherwise. */
final class Major {
    private Major() {}

    static String bodyOf(ApiException error) {
        return error.getResponseBody();
    }

    static Object payloadOf(MessageOut out) {
        return out.getPayload();
    }

    static void setPayload(MessageIn given, String json) {
        given.setPayload(json);
    }

    static Object schemas(String first) throws Exception {
        return new com.fasterxml.jackson.databind.ObjectMapper().readTree("{\"1\":" + first + "}");
    }

    static Set<String> eventTypesOf(EndpointOut out) {
        return out.getFilterTypes();
    }

    static EndpointIn withEventTypes(EndpointIn given, Set<String> eventTypes) {
        return given.filterTypes(eventTypes);
    }

    static ApplicationOut upsert(String uid, ApplicationIn given) throws Exception {
        return Client.svix.getApplication().update(uid, given);
    }

    static EventTypeOut upsertEventType(String description) throws Exception {
        EventTypeUpdate given = new EventTypeUpdate().description(description).schemas(schemas(Client.SCHEMA));
        return Client.svix.getEventType().update(Client.EVENT_TYPE, given);
    }

    static EndpointOut upsertEndpoint(String description) throws Exception {
        EndpointUpdate given = new EndpointUpdate().url(URI.create(Client.URL)).uid("main").description(description)
                .filterTypes(Set.of(Client.EVENT_TYPE)).channels(Set.of("eu"));
        return Client.svix.getEndpoint().update(Client.APP, Client.endpoint, given);
    }

    static void setHeaders(Map<String, String> headers) throws Exception {
        Client.svix.getEndpoint().updateHeaders(Client.APP, Client.endpoint, new EndpointHeadersIn().headers(headers));
    }

    static void patchHeaders(Map<String, String> headers, String deleted) throws Exception {
        EndpointHeadersPatchIn patch = new EndpointHeadersPatchIn().headers(headers).deleteHeaders(List.of(deleted));
        Client.svix.getEndpoint().patchHeaders(Client.APP, Client.endpoint, patch);
    }

    /** This major takes nothing from the answer. */
    static String rotateSecret() throws Exception {
        Client.svix.getEndpoint().rotateSecret(Client.APP, Client.endpoint, new EndpointSecretRotateIn());
        return null;
    }
}
