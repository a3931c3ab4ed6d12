"""The bus: a RabbitMQ broker, read through fedora-messaging."""
