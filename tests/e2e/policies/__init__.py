"""Good days: what people ask for in policies is what becomes of the devices."""
