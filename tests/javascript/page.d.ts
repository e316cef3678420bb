/** What Streamlit, plotly and our own scripts put on the page, as far as the scripts use it. */
declare const VERSION: string;
declare const STYLE: string;

interface Window {
  __latentLive?: any;
  __vaeMarks?: any;
}

interface Element {
  on?: any;
  removeListener?: any;
  _fullLayout?: any;
  _fullData?: any;
}
