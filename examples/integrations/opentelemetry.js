// OpenTelemetry: a span for each token request, its duration as a metric, and a count of the API's 401s.
import { metrics, trace } from "@opentelemetry/api";
import { telemetry } from "bearerkit/integrations";

/** `createClient({ …, onEvent })`: one for all clients. */
export const onEvent = telemetry({ tracer: trace.getTracer("bearerkit"), meter: metrics.getMeter("bearerkit") });
