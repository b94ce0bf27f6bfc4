"""Floor 2: SQL is the truth. SQLAlchemy Core, explicit transactions, plain rows made into dataclasses at this edge."""
