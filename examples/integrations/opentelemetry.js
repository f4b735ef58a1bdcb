// OpenTelemetry: a span for each token request, its duration as a metric, and a count of the API's 401s.
import { metrics, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";

/** `createClient({ …, onEvent: telemetry() })`: one for each client. */
export function telemetry() {
  const tracer = trace.getTracer("bearerkit");
  const meter = metrics.getMeter("bearerkit");
  const duration = meter.createHistogram("bearerkit.token_request.duration", { unit: "s" });
  const unauthorized = meter.createCounter("bearerkit.unauthorized");
  let request; // at most one is under way

  return ({ type, serial, at, provider = "unnamed", code, status, retry }) => {
    const named = { "bearerkit.provider": provider };
    if (type === "unauthorized") unauthorized.add(1, { ...named, "bearerkit.retry": retry });
    if (type === "token_request") {
      request?.span.end(at); // whoever sent the last one is gone
      const span = tracer.startSpan("token request", { kind: SpanKind.CLIENT, startTime: at, attributes: named });
      request = { serial, at, span };
    }
    if (request?.serial !== serial || (type !== "token" && type !== "token_error")) return;
    const failed = code && { "error.type": code, ...(status && { "http.response.status_code": status }) };
    if (failed) request.span.setAttributes(failed).setStatus({ code: SpanStatusCode.ERROR });
    request.span.end(at);
    duration.record((at - request.at) / 1000, { ...named, ...failed });
    request = undefined;
  };
}
