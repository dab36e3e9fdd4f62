"""What the rows are measured with: plays that are driven step by step, and processes of their own."""
