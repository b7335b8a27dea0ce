"""Lists of the changes in one weight diff, put together from what M' + A says and what M' shows when it is asked."""
