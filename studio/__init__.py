"""Image Studio: a spreadsheet of prompts in, finished pictures out, money and work never lost."""
