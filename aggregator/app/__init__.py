"""The one place that builds objects: config in, a working program out.

core.App is what the commands use; daemon.Daemon is an App that runs until it is stopped. Called by cli/ only. Each
command imports the part that it needs: what runs every few minutes from cron must not load the daemon.
"""
