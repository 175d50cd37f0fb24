"""What notices that something hangs or has died, and starts it again: heartbeats, the watchdog, restarts."""
