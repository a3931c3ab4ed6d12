"""The bus: a RabbitMQ broker, read through fedora-messaging.

``bus`` keeps consuming: it connects to the ``broker`` over a ``connection`` whose
``frames`` and ``tls`` are repaired here, declares the ``queues`` (``declaring``), and
reads them in ``batches``. ``settings`` checks fedora-messaging's config beforehand,
``depths`` asks how much is waiting, ``surprises`` skips what breaks the connection.
"""
