"""What operators see: counts at scrape, lines in batches, words to systemd.

metrics  one Prometheus collector that reads domain.meters and registered gauges at scrape
dashboard  the dashboard for Grafana, made of one table
logs     structlog lines as JSON, rendered and written by one thread
recordings  recordings of PDUs: masked, as files, taken apart
mask     numbers, texts and secrets as logs may show them
event_levels  which events are warnings
notify   sd_notify: ready, status, reloading, stopping, watchdog
"""
