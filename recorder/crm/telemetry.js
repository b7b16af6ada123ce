'use strict';

// Starts OpenTelemetry's automatic instrumentation before the program itself.
// It stands here and not in the environment because two of its switches have
// no variable: a consume is joined to its publish by a link, and some request
// headers become attributes.

const { getNodeAutoInstrumentations } = require('@opentelemetry/auto-instrumentations-node');
const { NodeSDK } = require('@opentelemetry/sdk-node');

const CAPTURED_HEADERS = ['x-customer-email', 'x-customer-phone', 'x-customer-card'];

new NodeSDK({
  instrumentations: [
    getNodeAutoInstrumentations({
      '@opentelemetry/instrumentation-amqplib': { useLinksForConsume: true },
      '@opentelemetry/instrumentation-fs': { enabled: false },
      '@opentelemetry/instrumentation-http': {
        headersToSpanAttributes: { server: { requestHeaders: CAPTURED_HEADERS } },
      },
    }),
  ],
}).start();
