-- The state of orders, one database for the shop and one for the MES.
CREATE DATABASE shop;
CREATE DATABASE mes;

\connect shop
CREATE TABLE customers (
  user_id text PRIMARY KEY,
  name text NOT NULL,
  email text NOT NULL UNIQUE,
  phone text NOT NULL,
  address text NOT NULL
);
CREATE TABLE orders (
  order_id text PRIMARY KEY,
  user_id text NOT NULL REFERENCES customers,
  partner_id text,
  status text NOT NULL,
  event_version integer NOT NULL,
  model_key text,
  price numeric,
  comment text,
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE payments (
  payment_id text PRIMARY KEY,
  order_id text NOT NULL REFERENCES orders,
  card_number text NOT NULL,
  card_holder text NOT NULL,
  paid_at timestamptz NOT NULL DEFAULT now()
);

\connect mes
CREATE TABLE orders (
  order_id text PRIMARY KEY,
  user_id text NOT NULL,
  partner_id text,
  status text NOT NULL,
  event_version integer NOT NULL,
  model_key text,
  customer_name text,
  customer_email text,
  customer_phone text,
  delivery_address text,
  polygon_count integer,
  complexity_class text,
  price numeric,
  operator_id text,
  updated_at timestamptz NOT NULL DEFAULT now()
);
