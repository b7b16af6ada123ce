'use strict';

// The CRM API: keeps the customers' side of every order, approves prices and
// closes orders. HTTP, Express, fetch and AMQP are recorded by OpenTelemetry's
// automatic instrumentation (telemetry.js); the business spans stand here.

const { randomUUID } = require('node:crypto');
const { SpanStatusCode, trace } = require('@opentelemetry/api');
const amqp = require('amqplib');
const express = require('express');

const STATUS_QUEUE = 'crm.order-status';
const MES_QUEUE = 'mes.order-status';
const NOTIFICATION = `http://127.0.0.1:${process.env.NOTIFICATION_PORT}`;

const tracer = trace.getTracer('alexandrite.crm', '1.0.0');
const orders = new Map();

/** Runs `work` inside a span of the order; a failure is recorded with its stack trace and goes on. */
function inside(name, options, work) {
  return tracer.startActiveSpan(name, options, async (span) => {
    try {
      return await work(span);
    } catch (failure) {
      span.recordException(failure);
      span.setStatus({ code: SpanStatusCode.ERROR, message: failure.message });
      span.setAttributes({
        error_code: failure.code ?? failure.name,
        error_message: failure.message,
        error_stack: true,
      });
      throw failure;
    } finally {
      span.end();
    }
  });
}

/** Takes a status event of the MES into the CRM's view of the order. */
function consume(channel) {
  return (message) => {
    const body = message.content.toString();
    const event = JSON.parse(body);
    const attributes = {
      order_id: event.order_id,
      event_version: event.event_version,
      queue: STATUS_QUEUE,
      message_id: message.properties.messageId,
      retry_count: message.properties.headers['x-delivery-count'] ?? 0,
      user_id: event.user_id,
      'messaging.message.body': body,
    };
    if (event.partner_id) attributes.partner_id = event.partner_id;
    inside('mq.consume.status', { attributes }, async () => {
      const { approval } = orders.get(event.order_id) ?? {};
      orders.set(event.order_id, { ...event, approval });
      if (event.new_status === 'SHIPPED') await tellShipped(event);
    }).then(
      () => channel.ack(message),
      () => channel.reject(message, false),
    );
  };
}

async function tellShipped(event) {
  const query = new URLSearchParams({ to: event.customer.phone, text: `Заказ ${event.order_id} отправлен` });
  await fetch(`${NOTIFICATION}/sms?${query}`);
}

/** Sets a status that the CRM decides on, and tells the MES. */
async function decide(channel, request, spanName, newStatus) {
  const order = known(request.params.orderId);
  const version = order.event_version + 1;
  const attributes = {
    order_id: order.order_id,
    user_id: order.user_id,
    prev_status: order.new_status,
    new_status: newStatus,
    event_version: version,
    'customer.name': order.customer.name,
    'customer.phone': order.customer.phone,
    'customer.email': order.customer.email,
  };
  if (order.partner_id) attributes.partner_id = order.partner_id;
  // Closing is linked to the approval that it ends, with the person to ask.
  const links = order.approval
    ? [{ context: order.approval, attributes: { 'customer.phone': order.customer.phone, 'customer.email': order.customer.email } }]
    : [];
  const event = { ...order, prev_status: order.new_status, new_status: newStatus, event_version: version };
  delete event.approval;
  await inside(spanName, { attributes, links }, async (span) => {
    span.addEvent(`${newStatus}: ${order.customer.name}, ${order.customer.phone}`, {
      'log.message': `manager ${request.get('x-manager-id')} spoke with ${order.customer.name} <${order.customer.email}>`,
    });
    orders.set(order.order_id, { ...event, approval: span.spanContext() });
  });
  await publish(channel, event);
  return { order_id: order.order_id, status: newStatus };
}

async function publish(channel, event) {
  const messageId = randomUUID();
  const attributes = {
    order_id: event.order_id,
    event_version: event.event_version,
    queue: MES_QUEUE,
    message_id: messageId,
    'messaging.operation.type': 'send',
  };
  await inside('mq.publish.status', { attributes }, async () => {
    channel.sendToQueue(MES_QUEUE, Buffer.from(JSON.stringify(event)), {
      messageId,
      contentType: 'application/json',
      persistent: true,
    });
  });
}

function known(orderId) {
  const order = orders.get(orderId);
  if (!order) throw Object.assign(new Error(`no order ${orderId} in the CRM`), { status: 404 });
  return order;
}

/** Finds a person's orders; the manager types a phone, an e-mail or a name. */
function search(request, response) {
  const text = request.query.q ?? '';
  const found = [...orders.values()].filter((order) => Object.values(order.customer).includes(text));
  response.json(found.map((order) => ({ order_id: order.order_id, status: order.new_status })));
}

/** Prints the contract; fails where the customer's documents are not complete. */
function contract(request, response, next) {
  inside('crm.contract', { attributes: { order_id: request.params.orderId } }, async (span) => {
    const person = request.body;
    span.setAttribute('contract.person', JSON.stringify(person));
    if (!person.passport_issued) {
      throw Object.assign(
        new Error(`contract for ${person.name}: passport ${person.passport} without its date, SNILS ${person.snils}`),
        { code: 'DOCUMENT_INCOMPLETE', status: 422 },
      );
    }
    response.json({ printed: true });
  }).catch(next);
}

async function main() {
  const connection = await amqp.connect(`amqp://127.0.0.1:${process.env.RABBITMQ_PORT}`);
  const channel = await connection.createChannel();
  await channel.prefetch(4);
  await channel.consume(STATUS_QUEUE, consume(channel));

  const app = express();
  app.use(express.json());
  app.get('/health', (request, response) => response.json({ status: 'UP' }));
  app.get('/orders', search);
  app.post('/orders/:orderId/contract', contract);
  for (const [step, name, status] of [
    ['approve', 'crm.approve.manufacturing', 'MANUFACTURING_APPROVED'],
    ['close', 'crm.close', 'CLOSED'],
  ]) {
    app.post(`/orders/:orderId/${step}`, (request, response, next) => {
      decide(channel, request, name, status).then((answer) => response.json(answer), next);
    });
  }
  app.use((failure, request, response, next) => {
    response.status(failure.status ?? 500).json({ error: failure.message });
  });
  app.listen(Number(process.env.CRM_PORT), '127.0.0.1');
}

main();
