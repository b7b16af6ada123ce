//! Puts the order status, stage lengths, queue time and gaps on the spans of an order.
