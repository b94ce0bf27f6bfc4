"""`python -m app` is `countersign`."""

from app.commands import main

main()
