"""Protocol-faithful local hosts for the demo and the tests; they import nothing from the product."""
