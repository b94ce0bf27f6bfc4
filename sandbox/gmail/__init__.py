"""A faithful local Gmail: mailboxes over REST, history, push, OAuth."""
